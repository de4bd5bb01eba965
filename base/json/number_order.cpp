#include "base/json/number_order.hpp"

#include <algorithm>

namespace carillon {

namespace {

constexpr int64_t most_exponent = 1'000'000'000'000'000;
constexpr size_t small_digits = 18;

bool is_digit(char c) noexcept {
  return c >= '0' && c <= '9';
}

int64_t exponent_of(std::string_view text) noexcept {
  if (text.empty())
    return 0;
  const bool negative = text.front() == '-';
  int64_t out = 0;
  for (const char c : text)
    if (is_digit(c))
      out = std::min(out * 10 + (c - '0'), most_exponent);
  return negative ? -out : out;
}

/// The order of two magnitudes with the same `top`.
std::strong_ordering compare_digits(std::string_view a, std::string_view b) noexcept {
  size_t i = 0;
  size_t j = 0;
  for (;;) {
    i += i < a.size() && a[i] == '.' ? 1 : 0;
    j += j < b.size() && b[j] == '.' ? 1 : 0;
    // The last digit is not 0: what goes on is greater.
    if (i == a.size() || j == b.size())
      return a.size() - i <=> b.size() - j;
    if (a[i] != b[j])
      return a[i] <=> b[j];
    ++i;
    ++j;
  }
}

} // namespace

json_number::json_number(std::string_view text) noexcept {
  const bool negative = text.starts_with('-');
  if (negative)
    text.remove_prefix(1);
  const auto e = text.find_first_of("eE");
  const auto mantissa = text.substr(0, e);
  const auto first = mantissa.find_first_of("123456789");
  if (first == std::string_view::npos)
    return;
  sign_ = negative ? -1 : 1;
  const auto last = mantissa.find_last_of("123456789");
  digits_ = mantissa.substr(first, last - first + 1);
  const auto point = std::min(mantissa.find('.'), mantissa.size());
  // Digits before the point, or minus the zeros behind it.
  top_ = first < point ? static_cast<int64_t>(point - first)
                       : -static_cast<int64_t>(first - point - 1);
  is_small_
    = e == std::string_view::npos && point == mantissa.size() && mantissa.size() <= small_digits;
  if (is_small_) {
    for (const char c : mantissa)
      small_ = small_ * 10 + (c - '0');
    small_ *= sign_;
  }
  if (e != std::string_view::npos)
    top_ += exponent_of(text.substr(e + 1));
}

std::strong_ordering operator<=>(const json_number& a, const json_number& b) noexcept {
  if (a.is_small_ && b.is_small_)
    return a.small_ <=> b.small_;
  if (a.sign_ != b.sign_)
    return a.sign_ <=> b.sign_;
  if (a.sign_ == 0)
    return std::strong_ordering::equal;
  const auto magnitude
    = a.top_ != b.top_ ? a.top_ <=> b.top_ : compare_digits(a.digits_, b.digits_);
  return a.sign_ > 0 ? magnitude : 0 <=> magnitude;
}

} // namespace carillon
