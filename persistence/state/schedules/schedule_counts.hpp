#pragma once

#include "messages/schedules/options.hpp"
#include "persistence/state/sql/state_connection.hpp"

#include <cstdint>
#include <optional>
#include <string_view>

namespace carillon::sql {

/// What `schedule_counts` counts of each company, and of all.
enum class counted : uint8_t { schedules = 0, delayed = 2 };

/// Counts schedules and delayed events without a scan, within the transaction of the caller.
class schedule_counts {
public:
  explicit schedule_counts(state_connection& db) noexcept : db_(db) {
  }

  void add(counted what, std::string_view company, int64_t n);

  /// Why there may not be one more; empty if there may. Only the node's bound holds for those of no
  /// company.
  std::optional<failure> refusal(counted what, std::string_view company);

  void set_bounds(const schedule_bound& schedules, const schedule_bound& delayed) noexcept {
    schedules_ = schedules;
    delayed_ = delayed;
  }

private:
  uint64_t count(int64_t kind, std::string_view company);

  state_connection& db_;
  schedule_bound schedules_ = scheduler_options{}.schedules;
  schedule_bound delayed_ = scheduler_options{}.delayed;
};

} // namespace carillon::sql
