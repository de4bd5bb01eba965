#include "net/data/loop_tenants.hpp"

#include <utility>

namespace carillon::data {

void loop_tenants::add(std::shared_ptr<loop_tenant> x, address_counts::seat seat) {
  x->place = all_.size();
  all_.push_back(std::move(x));
  seats_.push_back(std::move(seat));
}

void loop_tenants::remove(loop_tenant& x) {
  auto at = x.place;
  all_.back()->place = at;
  // It may be the last owner of `x` besides the caller.
  std::swap(all_[at], all_.back());
  all_.pop_back();
  std::swap(seats_[at], seats_.back());
  seats_.pop_back();
}

void loop_tenants::each(const std::function<void(loop_tenant&)>& visit) {
  // A visit may remove it and move another to its place.
  for (size_t i = all_.size(); i-- > 0;)
    if (i < all_.size()) {
      auto x = all_[i];
      visit(*x);
    }
}

bool loop_tenants::wake(std::shared_ptr<loop_tenant> x) {
  std::lock_guard lock{woken_mutex_};
  woken_.push_back(std::move(x));
  return woken_.size() == 1;
}

void loop_tenants::flush_woken() {
  std::vector<std::shared_ptr<loop_tenant>> woken;
  {
    std::lock_guard lock{woken_mutex_};
    woken.swap(woken_);
  }
  for (auto& x : woken)
    x->flush();
}

} // namespace carillon::data
