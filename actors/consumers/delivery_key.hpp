#pragma once

#include "messages/events/event.hpp"

#include <cstdint>
#include <limits>

namespace carillon {

/// No event has this position, nor one behind it.
inline constexpr position beyond_all = std::numeric_limits<position>::max();

/// Identifies one delivery of a consumer.
struct delivery_key {
  position seq = 0;
  /// 0 = live.
  uint64_t replay_id = 0;

  friend bool operator==(const delivery_key&, const delivery_key&) = default;

  friend bool operator<(const delivery_key& x, const delivery_key& y) noexcept {
    return x.seq != y.seq ? x.seq < y.seq : x.replay_id < y.replay_id;
  }
};

} // namespace carillon
