#pragma once

#include <compare>
#include <cstddef>
#include <cstdint>
#include <string_view>

namespace carillon {

/// A JSON number as it stands in a text, for exact comparisons: no digit is rounded, and `1`,
/// `1.0` and `10e-1` are equal. It points into the text, which outlives it. Making one costs a pass
/// over its characters; a comparison, one over the shorter of two.
class json_number {
public:
  /// 0.
  json_number() = default;

  /// @param text a number as RFC 8259 writes it. Exponents beyond ±10^15 count as these.
  explicit json_number(std::string_view text) noexcept;

  friend std::strong_ordering operator<=>(const json_number& a, const json_number& b) noexcept;

  friend bool operator==(const json_number& a, const json_number& b) noexcept {
    return (a <=> b) == std::strong_ordering::equal;
  }

private:
  /// -1, 0 or 1.
  int sign_ = 0;
  /// An integer of at most 18 digits, whose value is in `small_`.
  bool is_small_ = true;
  int64_t small_ = 0;
  /// The power of ten before whose digit the point stands: 12.5 is 0.125 × 10^2.
  int64_t top_ = 0;
  /// From the first to the last digit that is not 0; may have a point in it.
  std::string_view digits_;
  /// Where the point is; beyond the digits if it is not among them.
  size_t point_ = std::string_view::npos;
};

} // namespace carillon
