#pragma once

#include "messages/events/event.hpp"

#include <cstdint>

namespace carillon {

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
