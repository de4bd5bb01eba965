#pragma once

#include <algorithm>
#include <chrono>
#include <cstdint>

namespace carillon::data {

/// Shares the time of a loop among the connections that need more than one turn.
class turn_share {
public:
  /// A connection continues in another turn.
  void enter() noexcept {
    ++waiting_;
  }

  /// Its other turn has come.
  void leave() noexcept {
    --waiting_;
  }

  /// The part of one connection of this time for all.
  std::chrono::microseconds of(std::chrono::microseconds all) const noexcept {
    constexpr std::chrono::microseconds least{500};
    return std::max(least, all / std::max<int64_t>(waiting_, 1));
  }

private:
  int64_t waiting_ = 0;
};

} // namespace carillon::data
