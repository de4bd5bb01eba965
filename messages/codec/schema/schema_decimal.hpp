#pragma once

#include <rapidjson/document.h>

#include <cstdint>
#include <string>

namespace carillon {

/// A JSON number in decimal notation: `digits` × 10^`exponent`, the sign apart. A double has the
/// value of its shortest text, so that 19.99 is a multiple of 0.01. No trailing zeros.
struct schema_decimal {
  uint64_t digits = 0;
  int exponent = 0;
  bool negative = false;

  friend bool operator==(const schema_decimal&, const schema_decimal&) = default;
};

/// `x` is a number.
schema_decimal decimal_of(const rapidjson::Value& x);

/// True if `x` is a whole multiple of `of`, which is not 0.
bool is_multiple(const schema_decimal& x, const schema_decimal& of) noexcept;

/// True for a number without a fraction, `1.0` too (JSON Schema 2020-12, section 4.2.3).
bool is_integer(const rapidjson::Value& x) noexcept;

/// A text that two values share if and only if they are equal for JSON Schema: members in the order
/// of their names, `1` for `1.0`.
void append_canonical(std::string& out, const rapidjson::Value& x);

} // namespace carillon
