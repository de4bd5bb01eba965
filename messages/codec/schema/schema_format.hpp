#pragma once

#include <rapidjson/document.h>

#include <cstdint>
#include <optional>
#include <string_view>

namespace carillon {

/// The formats of JSON Schema (2020-12 validation, section 7.3), and those of numbers of OpenAPI,
/// that are checked. Each is a demand, not an annotation.
enum class schema_format : uint8_t {
  any,
  date_time,
  date,
  time,
  duration,
  email,
  hostname,
  ipv4,
  ipv6,
  uri,
  uri_reference,
  uuid,
  int32,
  int64,
};

/// Empty for a name that is not checked. `float` and `double` demand nothing of a number.
std::optional<schema_format> schema_format_from(std::string_view name) noexcept;

/// True unless the value is of the type that the format is for, and not of the format.
bool fits_format(schema_format format, const rapidjson::Value& x);

} // namespace carillon
