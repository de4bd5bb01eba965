#pragma once

#include <rapidjson/document.h>

#include <cstdint>
#include <optional>
#include <string_view>

namespace carillon {

/// The formats of JSON Schema (2020-12 validation, section 7.3), and the number formats of OpenAPI
/// that are checked. Each is enforced, not an annotation.
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

/// Empty for a name that is not checked. `float` and `double` accept every number.
std::optional<schema_format> schema_format_from(std::string_view name) noexcept;

/// False if the format applies to the value's type and the value does not match it.
bool fits_format(schema_format format, const rapidjson::Value& x);

} // namespace carillon
