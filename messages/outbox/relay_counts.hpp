#pragma once

#include <array>
#include <atomic>
#include <cstdint>
#include <memory>
#include <string_view>

namespace carillon {

/// Counts of what moves an outbox into the log, see docs/outbox.md. Any thread may read them.
struct relay_counts {
  using counter = std::atomic<uint64_t>;

  /// Rows that are events, those that were put aside, and errors, since the start.
  counter published{0};
  counter refused{0};
  counter failures{0};
  /// Now: 1 if the database answered the last time.
  counter up{0};
  /// At the last look: rows that wait, at most as many as a look counts.
  counter waiting{0};
  /// At the last look: age of the first row that waits, in seconds, by its `occurred_at`.
  counter oldest_seconds{0};
  /// At the last look: rows that were put aside, at most as many as a look counts.
  counter set_aside{0};
};

/// The outboxes that a node may move: that of its own database, and that of another one.
inline constexpr std::array<std::string_view, 2> outbox_names{"own", "other"};

/// By `outbox_names`; null = the node does not move it.
using outbox_counts = std::array<std::shared_ptr<const relay_counts>, outbox_names.size()>;

} // namespace carillon
