#pragma once

#include "messages/events/filter.hpp"
#include "messages/events/log_requests.hpp"
#include "persistence/postgres/log/access_path.hpp"

#include <string>
#include <vector>

namespace carillon::postgres {

// Events are in the order of the log, not of their times. A block has a zone, its least and
// greatest time, so that a range of times is served by skipping blocks (`blocks.hpp`).

/// Log ranges that may hold events of a range of times.
struct segments {
  /// In the requested order.
  std::vector<segment> parts;
  /// There are more behind the last one.
  bool more = false;
};

/// The parts of a log range whose times overlap with the filter's, at most 64. Throws.
segments segments_of(connection& db, const event_filter& filter, const segment& all,
                     sort_order order);

} // namespace carillon::postgres
