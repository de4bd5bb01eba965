#include "actors/consumers/replays/replay_intake.hpp"

namespace carillon {

std::vector<event_ptr> replay_intake::accept(const replay_request& x, const event_filter& filter,
                                             delivery_window& window, answer done) {
  std::vector<event_ptr> out;
  auto entry = std::make_shared<request>();
  for (const auto& event : *x.events) {
    delivery_key key{event->seq, x.replay_id};
    if (!matches(filter, *event) || window.rows().contains(key) || running_.contains(key))
      continue;
    window.start_replayed();
    running_.emplace(key, entry);
    out.push_back(event);
  }
  if (out.empty())
    done();
  entry->remaining = out.size();
  entry->done = std::move(done);
  return out;
}

std::optional<replay_intake::ended> replay_intake::complete(delivery_key x, bool failed) {
  auto i = x.replay_id == 0 ? running_.end() : running_.find(x);
  if (i == running_.end())
    return std::nullopt;
  auto entry = i->second;
  running_.erase(i);
  entry->failed |= failed;
  if (--entry->remaining > 0)
    return std::nullopt;
  return ended{std::move(entry->done), entry->failed};
}

} // namespace carillon
