#include "actors/state/commit_queue.hpp"

#include "messages/consumers/event_statements.hpp"

#include <string>
#include <utility>

namespace carillon {

namespace {

/// A sharer's turn: about what an endpoint or a handler commits at once under load.
constexpr uint64_t rows_per_turn = 64;

/// Company ids hold no control characters, so a company cannot take the turns of a consumer of its
/// name.
std::string sharer_of(const consumer_commit& x) {
  return x.share.empty() ? '\n' + x.consumer : x.share;
}

} // namespace

uint64_t rows_of(const consumer_commit& x) noexcept {
  uint64_t own = 0;
  for (const auto& y : x.effects.all<event_statements>())
    own += y.statements.size() + y.others.size();
  return 1 + own + x.effects.size() + x.upsert_retries.size() + x.erase_retries.size()
         + x.dead_letters.size();
}

commit_queue::commit_queue(uint64_t rows) : rows_(rows), waiting_(rows_per_turn) {
}

void commit_queue::push(item x) {
  const auto sharer = sharer_of(*x.commit);
  const auto rows = rows_of(*x.commit);
  waiting_.push(sharer, std::move(x), rows);
}

std::vector<commit_queue::item> commit_queue::pop_group() {
  std::vector<item> out;
  uint64_t rows = 0;
  while (!waiting_.empty()) {
    rows += rows_of(*waiting_.front().commit);
    if (!out.empty() && rows > rows_)
      break;
    out.push_back(waiting_.pop());
  }
  return out;
}

} // namespace carillon
