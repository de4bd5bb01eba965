#pragma once

#include <compare>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace carillon {

/// An exact number with nine decimals, in 128 bits: sums of amounts that doubles would round. Its
/// magnitude is below 1.7 × 10^29.
class decimal {
public:
  /// Digits after the point.
  static constexpr int scale = 9;

  /// 0.
  decimal() = default;

  /// The value of a JSON number as it stands in the text, as `-12.50` or `1.5e3`. Empty if it has
  /// more than nine decimals that are not 0, if its magnitude is 10^18 or more, or if the text is
  /// no number. So 10^11 of them have a sum.
  static std::optional<decimal> from_json(std::string_view number) noexcept;

  /// Inverse of `text`, of any magnitude.
  static std::optional<decimal> from_text(std::string_view x) noexcept;

  /// Adds `x`; false, and no change, if the sum does not fit.
  [[nodiscard]] bool add(decimal x) noexcept;

  /// The quotient, rounded to nine decimals, half away from 0.
  /// @param n not 0
  decimal divided_by(uint64_t n) const noexcept;

  /// As JSON writes it, without needless zeros: `-12.5`, `0`.
  std::string text() const;

  friend bool operator==(const decimal&, const decimal&) = default;
  friend std::strong_ordering operator<=>(const decimal& a, const decimal& b) noexcept {
    return a.units_ < b.units_   ? std::strong_ordering::less
           : a.units_ > b.units_ ? std::strong_ordering::greater
                                 : std::strong_ordering::equal;
  }

private:
  // NOLINTNEXTLINE(modernize-use-using): only a typedef can be marked as an extension
  __extension__ typedef __int128 integer;

  /// @param most_digits before the point
  static std::optional<decimal> parse(std::string_view x, int64_t most_digits) noexcept;

  /// In units of 10^-9.
  integer units_ = 0;
};

} // namespace carillon
