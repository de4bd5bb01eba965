#include "base/fair_share.hpp"

#include <algorithm>

namespace carillon {

fair_share::fair_share(uint64_t capacity, double greed) : capacity_(capacity), greed_(greed) {
}

uint64_t fair_share::used_by(std::string_view key) const noexcept {
  const auto i = held_.find(key);
  return i == held_.end() ? 0 : i->second;
}

share_verdict fair_share::take(std::string_view key, uint64_t n) {
  const auto own = used_by(key);
  const auto free = capacity_ - std::min(used_, capacity_);
  const bool is_holder = !key.empty();
  if (n > free) {
    if (!is_holder)
      return share_verdict::full;
    // A holder of more than an equal part gets `over_share`, the others `full`.
    const auto equal_part = capacity_ / std::max<size_t>(holders() + (own == 0 ? 1 : 0), 1);
    return own > 0 && own + n > equal_part ? share_verdict::over_share : share_verdict::full;
  }
  if (is_holder && own > 0 && static_cast<double>(own + n) > greed_ * static_cast<double>(free))
    return share_verdict::over_share;
  hold(key, n);
  return share_verdict::granted;
}

void fair_share::hold(std::string_view key, uint64_t n) {
  if (n == 0)
    return;
  used_ += n;
  held_[std::string{key}] += n;
}

void fair_share::give_back(std::string_view key, uint64_t n) noexcept {
  const auto i = held_.find(key);
  if (i == held_.end())
    return;
  n = std::min(n, i->second);
  used_ -= n;
  i->second -= n;
  if (i->second == 0)
    held_.erase(i);
}

} // namespace carillon
