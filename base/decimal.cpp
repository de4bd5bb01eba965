#include "base/decimal.hpp"

#include <algorithm>

namespace carillon {

namespace {

/// No more digits before the point fit.
constexpr int64_t any_digits = 30;

/// A larger exponent is read as this one: the number does not fit in either case.
constexpr int64_t huge_exponent = 1'000'000;

/// The parts of a JSON number.
struct decimal_parts {
  bool negative = false;
  std::string_view whole;
  std::string_view fraction;
  int64_t exponent = 0;
};

std::string_view take_digits(std::string_view& from) noexcept {
  const auto end = std::min(from.find_first_not_of("0123456789"), from.size());
  const auto out = from.substr(0, end);
  from.remove_prefix(end);
  return out;
}

std::optional<int64_t> take_exponent(std::string_view& from) noexcept {
  if (!from.starts_with('e') && !from.starts_with('E'))
    return 0;
  from.remove_prefix(1);
  const auto negative = from.starts_with('-');
  if (negative || from.starts_with('+'))
    from.remove_prefix(1);
  const auto digits = take_digits(from);
  if (digits.empty())
    return std::nullopt;
  int64_t out = 0;
  for (const char c : digits)
    out = std::min(out * 10 + (c - '0'), huge_exponent);
  return negative ? -out : out;
}

std::optional<decimal_parts> split_number(std::string_view x) noexcept {
  decimal_parts out;
  out.negative = x.starts_with('-');
  if (out.negative)
    x.remove_prefix(1);
  out.whole = take_digits(x);
  if (out.whole.empty())
    return std::nullopt;
  if (x.starts_with('.')) {
    x.remove_prefix(1);
    out.fraction = take_digits(x);
    if (out.fraction.empty())
      return std::nullopt;
  }
  const auto exponent = take_exponent(x);
  if (!exponent || !x.empty())
    return std::nullopt;
  out.exponent = *exponent;
  return out;
}

} // namespace

std::optional<decimal> decimal::from_json(std::string_view number) noexcept {
  return parse(number, 18);
}

std::optional<decimal> decimal::from_text(std::string_view x) noexcept {
  return parse(x, any_digits);
}

std::optional<decimal> decimal::parse(std::string_view x, int64_t most_digits) noexcept {
  const auto parts = split_number(x);
  if (!parts)
    return std::nullopt;
  // The digit at `i` of all digits stands for 10^(point - 1 - i).
  const auto size = parts->whole.size() + parts->fraction.size();
  const auto digit = [&](size_t i) {
    return i < parts->whole.size() ? parts->whole[i] : parts->fraction[i - parts->whole.size()];
  };
  const auto point = static_cast<int64_t>(parts->whole.size()) + parts->exponent;
  size_t first = 0;
  while (first < size && digit(first) == '0')
    ++first;
  if (first == size)
    return decimal{};
  auto last = size - 1;
  while (digit(last) == '0')
    --last;
  const auto least_power = point - 1 - static_cast<int64_t>(last);
  if (point - static_cast<int64_t>(first) > most_digits || least_power < -scale)
    return std::nullopt;
  integer units = 0;
  const auto append = [&units, negative = parts->negative](int next) {
    return !__builtin_mul_overflow(units, 10, &units)
           && !__builtin_add_overflow(units, negative ? -next : next, &units);
  };
  for (auto i = first; i <= last; ++i)
    if (!append(digit(i) - '0'))
      return std::nullopt;
  for (auto power = least_power; power > -scale; --power)
    if (!append(0))
      return std::nullopt;
  decimal out;
  out.units_ = units;
  return out;
}

bool decimal::add(decimal x) noexcept {
  integer sum = 0;
  if (__builtin_add_overflow(units_, x.units_, &sum))
    return false;
  units_ = sum;
  return true;
}

decimal decimal::divided_by(uint64_t n) const noexcept {
  const auto by = static_cast<integer>(n);
  decimal out;
  out.units_ = units_ / by;
  const auto rest = units_ % by;
  if ((rest < 0 ? -rest : rest) * 2 >= by)
    out.units_ += units_ < 0 ? -1 : 1;
  return out;
}

std::string decimal::text() const {
  // The digits from the last to the first, at least one before the point.
  std::string digits;
  auto rest = units_;
  while (rest != 0 || digits.size() <= scale) {
    const auto last = static_cast<int>(rest % 10);
    digits += static_cast<char>('0' + (last < 0 ? -last : last));
    rest /= 10;
  }
  std::reverse(digits.begin(), digits.end());
  const auto point = digits.size() - scale;
  auto fraction = digits.substr(point);
  fraction.resize(fraction.find_last_not_of('0') + 1);
  std::string out = units_ < 0 ? "-" : "";
  out += digits.substr(0, point);
  if (!fraction.empty())
    out += '.' + fraction;
  return out;
}

} // namespace carillon
