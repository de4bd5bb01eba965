#pragma once

#include "base/failure.hpp"
#include "base/time.hpp"
#include "messages/codec/payload_view.hpp"

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace carillon {

/// An array of anything, as JSON text.
struct json_array {
  std::string json = "[]";

  friend bool operator==(const json_array&, const json_array&) = default;
};

/// An array of anything, or only how many elements it would have, as JSON text: `[…]` or `3`.
struct array_or_count {
  std::string json = "[]";

  friend bool operator==(const array_or_count&, const array_or_count&) = default;
};

/// Kind of a member of a described event.
enum class field_kind : uint8_t {
  string,
  integer,
  number,
  time,
  string_list,
  array,
  array_or_count,
};

/// One member of a described event.
struct field {
  /// As in JSON, camelCase.
  std::string name;
  field_kind kind = field_kind::string;
  bool required = true;
  /// Address of the member within its struct.
  void* (*address)(void* object) = nullptr;
};

using fields = std::vector<field>;

/// The kind of a member of this type; other types cannot be members.
/// @{
constexpr field_kind kind_of(const std::string*) {
  return field_kind::string;
}

constexpr field_kind kind_of(const int64_t*) {
  return field_kind::integer;
}

constexpr field_kind kind_of(const double*) {
  return field_kind::number;
}

constexpr field_kind kind_of(const timestamp*) {
  return field_kind::time;
}

constexpr field_kind kind_of(const std::vector<std::string>*) {
  return field_kind::string_list;
}

constexpr field_kind kind_of(const json_array*) {
  return field_kind::array;
}

constexpr field_kind kind_of(const array_or_count*) {
  return field_kind::array_or_count;
}
/// @}

/// `order_id` → `orderId`.
std::string camel_case(std::string_view snake);

/// Checks that every required field is present and that each present field has its kind; `null` is
/// the same as absent. Errors: `schema_violation`, with the field as `data.<name>`.
expected<void> check_fields(const fields& xs, const payload_view& data);

/// The fields of an object as JSON. Errors: `schema_violation` for a number that is not finite, or
/// a text that is not an array.
expected<std::string> encode_fields(const fields& xs, const void* object);

/// Fills an object from JSON. Errors: those of `check_fields`, `malformed_json`.
expected<void> decode_fields(const fields& xs, std::string_view json, void* object);

/// The JSON Schema (draft-04) of an object with these fields.
std::string schema_of_fields(const fields& xs, std::string_view title);

} // namespace carillon
