#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace carillon {

/// Kind of a JSON value; `integer` is a number that `int64_t` holds.
enum class json_kind : uint8_t { null, boolean, integer, number, string, array, object };

/// `a string`, `an integer` …, for messages.
std::string_view describe(json_kind x) noexcept;

/// A top-level member of an event's `data`, as the parser saw it.
struct payload_member {
  std::string name;
  json_kind kind = json_kind::null;
  /// For arrays: every element is a string.
  bool all_strings = false;
  /// For strings: the value, if it has at most 512 bytes; else empty.
  std::string text;
  /// The value as it stands in the text.
  std::string_view raw;
};

/// An event's `data` as type checks see it; valid only during the check.
struct payload_view {
  /// The whole object, byte for byte.
  std::string_view json;
  /// Its members; the first `size` of the vector, which is reused.
  const std::vector<payload_member>* members = nullptr;
  size_t size = 0;

  /// Null if there is no such member.
  const payload_member* find(std::string_view name) const noexcept;
};

} // namespace carillon
