#include "base/time.hpp"

#include <array>
#include <cstdio>

namespace carillon {

namespace {

using namespace std::chrono;

/// Writes `n` as `width` digits.
char* put(char* out, unsigned n, int width) {
  for (int i = width - 1; i >= 0; --i) {
    out[i] = static_cast<char>('0' + n % 10);
    n /= 10;
  }
  return out + width;
}

/// Reads digits from the front of a text.
class scanner {
public:
  explicit scanner(std::string_view text) : text_(text) {
  }

  std::optional<int> digits(size_t count) {
    if (text_.size() < count)
      return std::nullopt;
    int out = 0;
    for (size_t i = 0; i < count; ++i) {
      if (!is_digit(text_[i]))
        return std::nullopt;
      out = out * 10 + (text_[i] - '0');
    }
    text_.remove_prefix(count);
    return out;
  }

  bool skip(std::string_view any_of) {
    if (text_.empty() || any_of.find(text_.front()) == std::string_view::npos)
      return false;
    last_ = text_.front();
    text_.remove_prefix(1);
    return true;
  }

  /// Microseconds of a fraction; further digits are dropped.
  std::optional<int> fraction() {
    int out = 0;
    int count = 0;
    for (; !text_.empty() && is_digit(text_.front()); text_.remove_prefix(1), ++count)
      if (count < 6)
        out = out * 10 + (text_.front() - '0');
    if (count == 0)
      return std::nullopt;
    for (; count < 6; ++count)
      out *= 10;
    return out;
  }

  char last() const {
    return last_;
  }

  bool done() const {
    return text_.empty();
  }

private:
  static bool is_digit(char c) {
    return c >= '0' && c <= '9';
  }

  std::string_view text_;
  char last_ = 0;
};

std::optional<sys_days> read_date(scanner& in) {
  auto y = in.digits(4);
  if (!y || !in.skip("-"))
    return std::nullopt;
  auto m = in.digits(2);
  if (!m || !in.skip("-"))
    return std::nullopt;
  auto d = in.digits(2);
  if (!d)
    return std::nullopt;
  year_month_day date{year{*y}, month{static_cast<unsigned>(*m)}, day{static_cast<unsigned>(*d)}};
  if (!date.ok())
    return std::nullopt;
  return sys_days{date};
}

/// The first and the last moment that have a text.
constexpr timestamp earliest{sys_days{year{0} / January / 1}};
constexpr timestamp latest{sys_days{year{9999} / December / 31} + days{1} - microseconds{1}};

/// A minute may have a second of number 60 if it is the last of June or December in UTC (RFC 3339,
/// section 5.7), since there have been leap seconds.
bool may_have_leap_second(timestamp begin_of_minute) {
  const auto day = floor<days>(begin_of_minute);
  const year_month_day date{day};
  const auto is_last_day = date.month() == June ? date.day() == 30d : date.day() == 31d;
  return begin_of_minute - day == 23h + 59min && date.year() >= 1972y && is_last_day
         && (date.month() == June || date.month() == December);
}

/// The time between a date and an offset.
struct time_of_day {
  microseconds since_midnight;
  bool leaps = false;
};

std::optional<time_of_day> read_time_of_day(scanner& in) {
  auto h = in.digits(2);
  if (!h || *h > 23 || !in.skip(":"))
    return std::nullopt;
  auto m = in.digits(2);
  if (!m || *m > 59 || !in.skip(":"))
    return std::nullopt;
  auto s = in.digits(2);
  // A leap second counts as the first of the next minute.
  if (!s || *s > 60)
    return std::nullopt;
  time_of_day out{hours{*h} + minutes{*m} + seconds{*s}, *s == 60};
  if (in.skip(".")) {
    auto us = in.fraction();
    if (!us)
      return std::nullopt;
    out.since_midnight += microseconds{*us};
  }
  return out;
}

std::optional<minutes> read_offset(scanner& in) {
  if (in.skip("Zz"))
    return minutes{0};
  if (!in.skip("+-"))
    return std::nullopt;
  auto sign = in.last() == '-' ? -1 : 1;
  auto h = in.digits(2);
  if (!h || *h > 23 || !in.skip(":"))
    return std::nullopt;
  auto m = in.digits(2);
  if (!m || *m > 59)
    return std::nullopt;
  return minutes{sign * (*h * 60 + *m)};
}

} // namespace

timestamp wall_clock_now() {
  return floor<microseconds>(system_clock::now());
}

void append_rfc3339(std::string& out, timestamp t) {
  auto date = floor<days>(t);
  year_month_day ymd{date};
  hh_mm_ss time{t - date};
  std::array<char, 27> buffer{};
  auto* p = put(buffer.data(), static_cast<unsigned>(static_cast<int>(ymd.year())), 4);
  *p++ = '-';
  p = put(p, static_cast<unsigned>(ymd.month()), 2);
  *p++ = '-';
  p = put(p, static_cast<unsigned>(ymd.day()), 2);
  *p++ = 'T';
  p = put(p, static_cast<unsigned>(time.hours().count()), 2);
  *p++ = ':';
  p = put(p, static_cast<unsigned>(time.minutes().count()), 2);
  *p++ = ':';
  p = put(p, static_cast<unsigned>(time.seconds().count()), 2);
  *p++ = '.';
  p = put(p, static_cast<unsigned>(time.subseconds().count()), 6);
  *p++ = 'Z';
  out.append(buffer.data(), p);
}

std::string to_rfc3339(timestamp t) {
  std::string out;
  append_rfc3339(out, t);
  return out;
}

std::optional<timestamp> from_rfc3339(std::string_view text) {
  scanner in{text};
  auto date = read_date(in);
  if (!date || !in.skip("Tt "))
    return std::nullopt;
  auto time = read_time_of_day(in);
  if (!time)
    return std::nullopt;
  auto offset = read_offset(in);
  if (!offset || !in.done())
    return std::nullopt;
  auto out = timestamp{*date} + time->since_midnight - *offset;
  if (time->leaps && !may_have_leap_second(floor<minutes>(out) - 1min))
    return std::nullopt;
  // An offset or a leap second may exceed the years of four digits.
  if (out < earliest || out > latest)
    return std::nullopt;
  return out;
}

std::optional<timestamp> from_date_or_time(std::string_view text) {
  scanner in{text};
  auto date = read_date(in);
  if (date && in.done())
    return timestamp{*date};
  return from_rfc3339(text);
}

} // namespace carillon
