#pragma once

#include "base/failure.hpp"
#include "messages/events/event.hpp"
#include "messages/events/payload_filter.hpp"

#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace carillon {

/// A pattern over event types: `order.created`, `order.*` (anything below it), `*` (everything).
class type_pattern {
public:
  /// Errors: `invalid_argument` for anything but the three forms.
  static expected<type_pattern> parse(std::string_view text);

  /// The pattern `*`.
  type_pattern() = default;

  /// True if `type` is one of those that the pattern names.
  bool matches(std::string_view type) const noexcept;

  bool is_everything() const noexcept {
    return exact_.empty() && prefix_.empty();
  }

  /// The type that it names, or empty if it names many.
  const std::string& exact() const noexcept {
    return exact_;
  }

  /// The common prefix of the types, including the dot, e.g. `order.`; empty for the other two
  /// forms.
  const std::string& prefix() const noexcept {
    return prefix_;
  }

  /// True if it matches every type that `x` matches.
  bool covers(const type_pattern& x) const noexcept;

  /// The text that `parse` accepts.
  std::string text() const;

  friend bool operator==(const type_pattern&, const type_pattern&) = default;

private:
  std::string exact_;
  std::string prefix_;
};

/// Parses a comma separated list; empty items are rejected, an empty text gives no pattern. At most
/// 100 patterns. Errors: `invalid_argument`.
expected<std::vector<type_pattern>> parse_patterns(std::string_view comma_separated);

/// The fields that a filter examines; lets stores match rows without building an event.
struct event_keys {
  std::string_view type;
  std::string_view company_id;
  std::string_view user_id;
  std::string_view correlation_id;
  timestamp time;
  /// For payload filters.
  std::string_view id = {};
  std::string_view source = {};
  std::string_view causation_id = {};
  std::string_view data = "{}";
};

/// What of an event filters look at. The texts are those of the event, which outlives them.
event_keys keys_of(const event& x) noexcept;

/// Selects events. One value for queries, consumers, webhooks, sessions and
/// replay. Every given condition must hold; the default selects everything.
struct event_filter {
  /// Any of these must match; empty = every type.
  std::vector<type_pattern> types;
  std::optional<std::string> company_id;
  std::optional<std::string> user_id;
  std::optional<std::string> correlation_id;
  /// `from <= time`.
  std::optional<timestamp> from;
  /// `time < to`.
  std::optional<timestamp> to;
  /// What is in them, see docs/filters.md.
  payload_filter payload = {};

  /// True if every event matches.
  bool is_everything() const noexcept;

  friend bool operator==(const event_filter&, const event_filter&) = default;
};

/// The one matching function.
/// @{
bool matches(const event_filter& filter, const event_keys& keys);

bool matches(const event_filter& filter, const event& x);
/// @}

/// The same without the payload, for those who count what only the payload excludes.
bool matches_envelope(const event_filter& filter, const event_keys& keys) noexcept;

/// What is in the event matches.
bool matches_payload(const payload_filter& filter, const event_keys& keys);

/// The filter for events that both select; empty if there can be none.
std::optional<event_filter> intersection(const event_filter& a, const event_filter& b);

/// Stores keep filters of replays as JSON: `{"types":[…],"companyId":…,
/// "userId":…,"correlationId":…,"startDate":…,"endDate":…,"filter":…}`; absent = not given.
std::string to_json(const event_filter& filter);

/// Inverse of `to_json`; unknown members are rejected. Errors: `malformed_json`, `invalid_argument`
/// with the field.
expected<event_filter> filter_from_json(std::string_view json);

} // namespace carillon
