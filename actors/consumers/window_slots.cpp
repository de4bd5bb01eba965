#include "actors/consumers/window_slots.hpp"

#include <algorithm>
#include <utility>

namespace carillon {

void window_slots::advance() {
  while (!all_.empty() && all_.front().state == window_slot::phase::done) {
    all_.pop_front();
    if (looked_at_ > 0)
      --looked_at_;
  }
}

window_slot* window_slots::find(position seq) {
  // Without a filter the positions have no gaps.
  if (!all_.empty() && seq >= all_.front().seq()) {
    const auto offset = seq - all_.front().seq();
    if (offset < all_.size() && all_[offset].seq() == seq)
      return &all_[offset];
  }
  auto i = std::lower_bound(all_.begin(), all_.end(), seq,
                            [](const window_slot& x, position y) { return x.seq() < y; });
  return i != all_.end() && i->seq() == seq ? &*i : nullptr;
}

void window_slots::start(window_slot& x) {
  x.state = window_slot::phase::running;
  if (!x.key.empty())
    ++running_of_key_[x.key];
}

void window_slots::end(window_slot& x, window_slot::phase next) {
  const bool ran = std::exchange(x.state, next) == window_slot::phase::running;
  if (!ran || x.key.empty())
    return;
  auto found = running_of_key_.find(x.key);
  if (--found->second == 0)
    running_of_key_.erase(found);
}

bool window_slots::has_room(const std::string& key, size_t most) const {
  auto found = running_of_key_.find(key);
  return found == running_of_key_.end() || found->second < most;
}

} // namespace carillon
