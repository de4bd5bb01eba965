#pragma once

#include "base/calendar/cron.hpp"
#include "base/calendar/time_zone.hpp"
#include "base/time.hpp"
#include "messages/schedules/definition.hpp"

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <vector>

namespace carillon {

/// The occurrences of a schedule, computed from its timing alone: they do not depend on when the
/// schedule was made, nor on what was published. Immutable.
class occurrences {
public:
  /// Errors: `invalid_argument` with the field (`cron`, `timeZone`, `every`, `at`), `internal` (the
  /// zone's file cannot be read).
  static expected<occurrences> of(const schedule_timing& x);

  /// The first one after this moment; empty if there is none any more.
  std::optional<timestamp> next(timestamp after) const;

  /// The last one in `[from, before)`.
  std::optional<timestamp> latest(timestamp from, timestamp before) const;

  /// The first ones after this moment, at most `n`.
  std::vector<timestamp> next_ones(timestamp after, size_t n) const;

private:
  schedule_timing timing_;
  std::optional<carillon::cron> cron_;
  time_zone_ptr zone_;
};

/// The id of an occurrence's event: its time in UTC, e.g. `2026-12-24T08:00:00Z`.
std::string id_of_occurrence(timestamp x);

/// What is to be published of a schedule now.
struct due_occurrences {
  std::vector<timestamp> fired;
  /// That are left out by the rule for missed ones; counted up to 10,000.
  uint64_t skipped = 0;
  /// The first one that is to happen later; empty if there is none any more.
  std::optional<timestamp> next;
};

/// Decides what happens of the occurrences from `first` up to `now`.
/// @param first the next one that is not settled yet
/// @param late_before those before this moment count as missed
/// @param most published at once; more remain due
due_occurrences due_of(const occurrences& all, missed_rule rule, timestamp first, timestamp now,
                       timestamp late_before, size_t most);

} // namespace carillon
