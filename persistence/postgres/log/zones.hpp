#pragma once

#include "messages/events/filter.hpp"
#include "messages/events/log_requests.hpp"
#include "persistence/postgres/log/access_path.hpp"

#include <string>
#include <vector>

namespace carillon::postgres {

// Events are in the order of the log, not of their times. A block has a zone, its least and
// greatest time, so that a range of times is served by skipping blocks (`blocks.hpp`).

/// Where events of a range of times may be.
struct stretches {
  /// In the order that was asked for.
  std::vector<stretch> parts;
  /// There are more behind the last of them.
  bool more = false;
};

/// The parts of a stretch whose times overlap with the filter's, at most 64. Throws.
stretches stretches_of(connection& db, const event_filter& filter, const stretch& all,
                       sort_order order);

} // namespace carillon::postgres
