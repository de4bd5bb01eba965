#pragma once

#include "base/failure.hpp"
#include "base/time.hpp"
#include "messages/events/event.hpp"
#include "messages/events/filter.hpp"

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace carillon {

/// What is computed of a member; the count always is.
struct measure_set {
  bool sum = false;
  bool avg = false;
  bool min = false;
  bool max = false;
  bool distinct = false;

  /// True if the member has to be a number.
  bool needs_number() const noexcept {
    return sum || avg || min || max;
  }

  friend bool operator==(const measure_set&, const measure_set&) = default;
};

/// Which member of which events is measured, and by what it is grouped. Series are by company,
/// type, group and hour in any case.
struct measure_definition {
  /// See `is_measure_name`; unique within its company.
  std::string name;
  /// Only events of this company are measured; empty = those of all, and of none.
  std::string company_id;
  /// Events of any of these types.
  std::vector<type_pattern> types;
  /// Which of these, by what is in them.
  payload_filter filter = {};
  /// JSON pointer (RFC 6901) into `data`.
  std::string member;
  /// JSON pointer into `data`; empty = not grouped.
  std::string group_by;
  measure_set measures;

  friend bool operator==(const measure_definition&, const measure_definition&) = default;
};

/// Limits of definitions.
struct measure_limits {
  static constexpr size_t name_bytes = 64;
  static constexpr size_t types = 16;
  static constexpr size_t pointer_bytes = 256;
  /// Definitions of a node, and of one company.
  static constexpr size_t definitions = 1'000;
  static constexpr size_t definitions_of_company = 20;
  /// Different groups of a definition, company and hour; events of further ones count together.
  static constexpr size_t groups = 100;
  /// A longer text is no group of its own.
  static constexpr size_t group_bytes = 128;
};

/// How far the log before the live events has been measured.
struct measure_backfill {
  /// Events of this time and later; empty = all.
  std::optional<timestamp> since;
  /// Everything up to here is measured.
  position done_to = 0;
};

/// A definition as it is stored.
struct measure_record {
  /// A definition that replaces another has another number.
  uint64_t id = 0;
  measure_definition definition;
  timestamp created_at;
  /// Events after this position are measured as they come, those up to it by the backfill. Empty
  /// until the first event after the definition was made.
  std::optional<position> live_after;
  /// Empty if none was asked for.
  std::optional<measure_backfill> backfill;

  /// Where a backfill ends for now.
  /// @param cursor of the consumer that measures live: nothing up to it will be
  position backfill_end(position cursor) const noexcept {
    return live_after.value_or(cursor);
  }

  /// A backfill has positions left.
  bool is_behind(position cursor) const noexcept {
    return backfill && backfill->done_to < backfill_end(cursor);
  }
};

using measure_records = std::vector<measure_record>;

/// True for 1–64 of `[a-z0-9._-]`, beginning with a letter.
bool is_measure_name(std::string_view x) noexcept;

/// True for a JSON pointer that names something within an object: it begins with `/`.
bool is_member_pointer(std::string_view x) noexcept;

/// Checks all but the number of definitions. Errors: `invalid_argument` with the field.
expected<void> check_definition(const measure_definition& x);

/// True if the definition is about this event, but for its filter.
bool concerns(const measure_definition& x, std::string_view type,
              std::string_view company_id) noexcept;

/// The names in their order: `sum`, `avg`, `min`, `max`, `distinct`.
std::vector<std::string_view> names_of(const measure_set& x);

/// Adds a measure by its name; false if no measure has this name.
bool add_measure(measure_set& to, std::string_view name) noexcept;

/// How the store keeps a definition: `{"types":[…],"filter":…,"member":…,
/// "groupBy":…,"measures":[…]}`.
std::string json_of(const measure_definition& x);

/// Inverse of `json_of`; name and company are left empty. Errors: `store_corrupt`.
expected<measure_definition> definition_from_json(std::string_view json);

} // namespace carillon
