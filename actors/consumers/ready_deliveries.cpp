#include "actors/consumers/ready_deliveries.hpp"

#include <algorithm>
#include <iterator>

namespace carillon {

void ready_deliveries::push_by_position(delivery x) {
  auto at = all_.end();
  while (at != all_.begin() && std::prev(at)->event->seq > x.event->seq)
    --at;
  all_.insert(at, std::move(x));
}

void ready_deliveries::put_back(std::span<const delivery> xs) {
  std::for_each(xs.rbegin(), xs.rend(), [this](const delivery& x) {
    auto is_behind
      = [&](const delivery& y) { return x.replay() || y.replay() || y.event->seq > x.event->seq; };
    all_.insert(std::find_if(all_.begin(), all_.end(), is_behind), x);
  });
}

void ready_deliveries::put_first(position seq) {
  auto found = std::find_if(all_.begin(), all_.end(), [seq](const delivery& x) {
    return x.replay_id == 0 && x.event->seq == seq;
  });
  if (found != all_.end())
    std::rotate(all_.begin(), found, found + 1);
}

} // namespace carillon
