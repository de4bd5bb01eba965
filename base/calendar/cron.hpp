#pragma once

#include "base/calendar/time_zone.hpp"
#include "base/failure.hpp"

#include <array>
#include <bitset>
#include <chrono>
#include <cstdint>
#include <optional>
#include <string_view>

namespace carillon {

/// A pattern of cron: five fields (minute, hour, day of the month, month, day of the week), or six
/// with the second before them. A field is `*`, or a list of numbers, ranges (`1-5`), steps
/// (`*/15`, `8-18/2`) and names (`JAN`, `MON`); Sunday is 0 or 7. In the day of the month `L` is
/// the last day; in the day of the week `5#2` is the second Friday of the month, and `5L` the last
/// one. If both days are given, either suffices. `@hourly`, `@daily`, `@weekly`, `@monthly` and
/// `@yearly` stand for their patterns.
///
/// When the clocks change: a pattern that names one second, one minute and one hour happens once on
/// each of its days: at the first of two such times, and, if the clock passes over it, at the
/// moment of the change. Any other pattern happens whenever the clock shows it: at none of the
/// times that are passed over, and at both of those that come twice.
class cron {
public:
  static constexpr size_t most_bytes = 256;

  /// Errors: `invalid_argument`.
  static expected<cron> parse(std::string_view text);

  /// The first occurrence after this moment; empty if there is none within 60 years.
  std::optional<std::chrono::sys_seconds> next(std::chrono::sys_seconds after,
                                               const time_zone& zone) const;

private:
  /// Which weeks of the month a day of the week is meant in.
  struct weekday_rule {
    /// In every one.
    bool every = false;
    /// In the n-th, 1–5.
    std::bitset<6> nth;
    bool last = false;
  };

  class reader;

  /// The first local time from this one on that matches.
  std::optional<std::chrono::local_seconds> next_local(std::chrono::local_seconds from) const;
  std::optional<std::chrono::seconds> next_in_day(std::chrono::seconds from) const;
  bool matches(const std::chrono::year_month_day& x) const;
  std::optional<std::chrono::sys_seconds> next_fixed(std::chrono::sys_seconds after,
                                                     const time_zone& zone) const;

  std::bitset<60> seconds_;
  std::bitset<60> minutes_;
  std::bitset<24> hours_;
  /// By their numbers, from 1.
  std::bitset<32> days_;
  std::bitset<13> months_;
  std::array<weekday_rule, 7> weekdays_;
  bool last_day_ = false;
  bool any_day_ = false;
  bool any_weekday_ = false;
  /// It names one time of the day.
  bool is_fixed_ = false;
};

} // namespace carillon
