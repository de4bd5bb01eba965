#include "actors/workers/outgoing_deliveries.hpp"

#include <algorithm>
#include <iterator>
#include <memory>
#include <utility>

namespace carillon {

namespace {

/// Fewer in one sending do not come close enough that waiting for others would save much.
constexpr size_t many = 4;

} // namespace

std::optional<outgoing_deliveries::clock::duration>
outgoing_deliveries::schedule(clock::time_point now, clock::duration wait, bool alone) {
  if (std::exchange(scheduled_, true))
    return std::nullopt;
  if (!alone)
    return wait;
  if (!flushed_at_ || flushed_ < many)
    return clock::duration{0};
  return std::max(*flushed_at_ + wait - now, clock::duration{0});
}

void outgoing_deliveries::flushed(clock::time_point now) {
  scheduled_ = false;
  flushed_at_ = now;
  flushed_ = 0;
  for (const auto& [worker, xs] : lists_)
    flushed_ += xs.size();
}

void outgoing_deliveries::add(uint64_t worker, handed_delivery x) {
  lists_[worker].push_back(std::move(x));
}

std::vector<uint64_t> outgoing_deliveries::workers() const {
  std::vector<uint64_t> out;
  for (const auto& [worker, xs] : lists_)
    out.push_back(worker);
  return out;
}

handed_deliveries outgoing_deliveries::take(uint64_t worker) {
  auto found = lists_.extract(worker);
  return found.empty() ? handed_deliveries{} : std::move(found.mapped());
}

std::vector<handed_deliveries_ptr> outgoing_deliveries::take_batches(uint64_t worker, size_t most) {
  std::vector<handed_deliveries_ptr> out;
  auto all = take(worker);
  for (size_t first = 0; first < all.size(); first += most) {
    auto last = std::min(first + most, all.size());
    out.push_back(std::make_shared<handed_deliveries>(
      std::make_move_iterator(all.begin() + static_cast<ptrdiff_t>(first)),
      std::make_move_iterator(all.begin() + static_cast<ptrdiff_t>(last))));
  }
  return out;
}

} // namespace carillon
