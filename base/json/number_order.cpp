#include "base/json/number_order.hpp"

#include <algorithm>
#include <cstring>

namespace carillon {

namespace {

constexpr int64_t most_exponent = 1'000'000'000'000'000;
constexpr size_t small_digits = 18;

constexpr std::string_view zeros = "0000000000000000";

bool is_digit(char c) noexcept {
  return c >= '0' && c <= '9';
}

/// The first character that is no zero; the end if there is none. A number may begin with
/// thousands.
size_t first_not_zero(std::string_view x) noexcept {
  size_t out = 0;
  while (x.substr(out).starts_with(zeros))
    out += zeros.size();
  while (out < x.size() && x[out] == '0')
    ++out;
  return out;
}

/// One behind the last character that is no zero; 0 if there is none.
size_t end_without_zeros(std::string_view x) noexcept {
  while (x.ends_with(zeros))
    x.remove_suffix(zeros.size());
  while (x.ends_with('0'))
    x.remove_suffix(1);
  return x.size();
}

/// Where the exponent begins: its `e`.
size_t exponent_at(std::string_view x) noexcept {
  return std::min(x.find('e'), x.find('E'));
}

int64_t exponent_of(std::string_view text) noexcept {
  const bool negative = text.starts_with('-');
  if (negative || text.starts_with('+'))
    text.remove_prefix(1);
  text.remove_prefix(std::min(first_not_zero(text), text.size()));
  int64_t out = 0;
  for (const char c : text) {
    if (is_digit(c))
      out = std::min(out * 10 + (c - '0'), most_exponent);
    if (out == most_exponent)
      break;
  }
  return negative ? -out : out;
}

/// The order of two magnitudes with the same `top`. In each the point is at a place of its own.
std::strong_ordering compare_digits(std::string_view a, size_t point_a, std::string_view b,
                                    size_t point_b) noexcept {
  size_t i = 0;
  size_t j = 0;
  for (;;) {
    i += i == point_a ? 1 : 0;
    j += j == point_b ? 1 : 0;
    // The last digit is not 0: what goes on is greater.
    if (i == a.size() || j == b.size())
      return a.size() - i <=> b.size() - j;
    const auto left_a = (i < point_a ? std::min(point_a, a.size()) : a.size()) - i;
    const auto left_b = (j < point_b ? std::min(point_b, b.size()) : b.size()) - j;
    const auto n = std::min(left_a, left_b);
    if (const auto order = std::memcmp(a.data() + i, b.data() + j, n); order != 0)
      return order <=> 0;
    i += n;
    j += n;
  }
}

} // namespace

json_number::json_number(std::string_view text) noexcept {
  const bool negative = text.starts_with('-');
  if (negative)
    text.remove_prefix(1);
  const auto e = exponent_at(text);
  const auto mantissa = text.substr(0, e);
  const auto point = std::min(mantissa.find('.'), mantissa.size());
  // Zeros on both sides of the point are passed in two steps.
  auto first = first_not_zero(mantissa);
  if (first == point && point < mantissa.size())
    first += 1 + first_not_zero(mantissa.substr(point + 1));
  if (first == mantissa.size())
    return;
  auto end = end_without_zeros(mantissa);
  if (end == point + 1)
    end = end_without_zeros(mantissa.substr(0, point));
  sign_ = negative ? -1 : 1;
  digits_ = mantissa.substr(first, end - first);
  if (point > first && point < end)
    point_ = point - first;
  // Digits before the point, or minus the zeros behind it.
  top_ = first < point ? static_cast<int64_t>(point - first)
                       : -static_cast<int64_t>(first - point - 1);
  is_small_ = e == std::string_view::npos && mantissa.size() <= small_digits
              && std::all_of(mantissa.begin(), mantissa.end(), is_digit);
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
  const auto magnitude = a.top_ != b.top_
                           ? a.top_ <=> b.top_
                           : compare_digits(a.digits_, a.point_, b.digits_, b.point_);
  return a.sign_ > 0 ? magnitude : 0 <=> magnitude;
}

} // namespace carillon
