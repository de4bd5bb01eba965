#pragma once

#include "base/failure.hpp"
#include "base/time.hpp"

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace carillon {

/// What becomes of occurrences that nobody published in time, since the node was stopped or could
/// not write. Those of a pause do not happen at all.
enum class missed_rule : uint8_t {
  /// They do not happen.
  skip,
  /// The latest of them happens, unless the next one is due already.
  once,
  /// All happen, late.
  all,
};

/// `skip`, `once`, `all`.
std::string_view name_of(missed_rule x) noexcept;
/// The rule of a name; empty for another text.
std::optional<missed_rule> missed_rule_of(std::string_view name) noexcept;

/// When a schedule happens: one of three.
struct schedule_timing {
  /// See `carillon::cron`; empty = not by a pattern.
  std::string cron;
  /// Of the pattern: a name of the IANA database.
  std::string time_zone = "UTC";
  /// At the whole multiples of this time since 1970-01-01T00:00:00Z; 0 = not.
  std::chrono::seconds every{0};
  /// Once.
  std::optional<timestamp> at;

  friend bool operator==(const schedule_timing&, const schedule_timing&) = default;
};

/// An event that is published at times that are known before.
struct schedule_definition {
  /// 1–64 of `[a-z0-9._-]`, beginning with a letter; unique within its company.
  std::string name;
  /// Company that owns it, and its events; empty = none.
  std::string company_id;
  schedule_timing timing;
  missed_rule missed = missed_rule::once;
  /// The event as JSON object, without what each occurrence has of its own: `id`, `source`, `time`
  /// and `companyId`.
  std::string event = {};

  friend bool operator==(const schedule_definition&, const schedule_definition&) = default;
};

/// Limits of schedules and of delayed events.
struct schedule_limits {
  static constexpr size_t name_bytes = 64;
  /// Schedules of a node, and of one company.
  static constexpr size_t schedules = 100'000;
  static constexpr size_t schedules_of_company = 1'000;
  /// Events that wait for their time, of a node and of one company.
  static constexpr size_t delayed = 100'000;
  static constexpr size_t delayed_of_company = 10'000;
  /// An event waits for at most so long.
  static constexpr std::chrono::hours longest_delay{24 * 366};
  static constexpr std::chrono::seconds longest_every = std::chrono::hours{24 * 366};
};

/// True for 1 to 64 of `[a-z0-9._-]`, beginning with a letter.
bool is_schedule_name(std::string_view x) noexcept;

/// Checks name, company, timing and zone; not the event. Errors: `invalid_argument` with the field.
expected<void> check_schedule(const schedule_definition& x);

/// `90s`, `15m`, `2h` or `1d`; empty for any other text, for 0, and for more than 366 days.
std::optional<std::chrono::seconds> every_of(std::string_view text) noexcept;

/// Inverse of `every_of`, in the largest unit that is exact.
std::string text_of_every(std::chrono::seconds x);

/// Origin of the events of a schedule: `/schedules/<name>`.
std::string source_of_schedule(std::string_view name);

/// How the store keeps a definition; name and company stand beside it.
std::string json_of(const schedule_definition& x);

/// Inverse of `json_of`; name and company are left empty. Errors: `store_corrupt`.
expected<schedule_definition> schedule_from_json(std::string_view json);

} // namespace carillon
