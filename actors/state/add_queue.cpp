#include "actors/state/add_queue.hpp"

#include <algorithm>
#include <string>
#include <utility>

namespace carillon {

namespace {

/// A company's turn: jobs.
constexpr uint64_t jobs_per_turn = 32;

/// A call of several companies' jobs comes from the node itself.
std::string company_of(const enqueue_jobs& x) {
  return x.drafts.empty() ? std::string{} : x.drafts.front().company_id;
}

uint64_t jobs_of(const enqueue_jobs& x) noexcept {
  return std::max<uint64_t>(x.drafts.size(), 1);
}

uint64_t bytes_of(const enqueue_jobs& x) noexcept {
  uint64_t out = 0;
  for (const auto& y : x.drafts)
    out += y.payload.size();
  return out;
}

} // namespace

add_queue::add_queue(const limits& x) : limits_(x), waiting_(jobs_per_turn) {
}

void add_queue::push(item x) {
  const auto company = company_of(x.call);
  const auto jobs = jobs_of(x.call);
  waiting_.push(company, std::move(x), jobs);
}

std::vector<add_queue::item> add_queue::pop_group() {
  std::vector<item> out;
  uint64_t jobs = 0;
  uint64_t bytes = 0;
  while (!waiting_.empty()) {
    const auto& next = waiting_.front().call;
    jobs += jobs_of(next);
    bytes += bytes_of(next);
    if (!out.empty() && (jobs > limits_.jobs || bytes > limits_.bytes))
      break;
    out.push_back(waiting_.pop());
  }
  return out;
}

} // namespace carillon
