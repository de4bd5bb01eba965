#include "base/calendar/zone_rule.hpp"

#include <algorithm>
#include <utility>

namespace carillon {

using namespace std::chrono;

/// Reads a rule from left to right.
class zone_rule::reader {
public:
  explicit reader(std::string_view text) : rest_(text) {
  }

  bool at_end() const noexcept {
    return rest_.empty();
  }

  bool take(char c) noexcept {
    if (rest_.empty() || rest_.front() != c)
      return false;
    rest_.remove_prefix(1);
    return true;
  }

  /// A name of letters, or any within `<>`; at least three characters.
  bool skip_name() noexcept {
    size_t size = 0;
    if (take('<')) {
      size = rest_.find('>');
      if (size == std::string_view::npos)
        return false;
      rest_.remove_prefix(size + 1);
    } else {
      while (size < rest_.size() && is_letter(rest_[size]))
        ++size;
      rest_.remove_prefix(size);
    }
    return size >= 3;
  }

  std::optional<unsigned> number(unsigned least, unsigned most) noexcept {
    unsigned out = 0;
    size_t size = 0;
    while (size < rest_.size() && size < 4 && rest_[size] >= '0' && rest_[size] <= '9')
      out = out * 10 + static_cast<unsigned>(rest_[size++] - '0');
    rest_.remove_prefix(size);
    if (size == 0 || out < least || out > most)
      return std::nullopt;
    return out;
  }

  /// `[+-]hh[:mm[:ss]]`
  std::optional<seconds> time(unsigned most_hours) noexcept {
    const bool negative = take('-');
    if (!negative)
      take('+');
    const auto h = number(0, most_hours);
    if (!h)
      return std::nullopt;
    seconds out = hours{*h};
    if (take(':')) {
      const auto m = number(0, 59);
      if (!m)
        return std::nullopt;
      out += minutes{*m};
      if (take(':')) {
        const auto s = number(0, 59);
        if (!s)
          return std::nullopt;
        out += seconds{*s};
      }
    }
    return negative ? -out : out;
  }

  /// `,Mm.w.d/time` and the like.
  std::optional<day_rule> day() noexcept {
    day_rule out;
    if (!take(',') || !day_of_year(out))
      return std::nullopt;
    if (take('/')) {
      const auto t = time(167);
      if (!t)
        return std::nullopt;
      out.time = *t;
    }
    return out;
  }

private:
  static bool is_letter(char c) noexcept {
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z');
  }

  bool day_of_year(day_rule& out) noexcept {
    if (take('M')) {
      const auto m = number(1, 12);
      const auto w = m && take('.') ? number(1, 5) : std::nullopt;
      const auto d = w && take('.') ? number(0, 6) : std::nullopt;
      if (!d)
        return false;
      out.month = *m;
      out.week = *w;
      out.day = *d;
      return true;
    }
    out.of = take('J') ? day_rule::kind::julian : day_rule::kind::zero_based;
    const bool julian = out.of == day_rule::kind::julian;
    const auto n = number(julian ? 1 : 0, 365);
    out.day = n.value_or(0);
    return n.has_value();
  }

  std::string_view rest_;
};

sys_days zone_rule::day_rule::in(year x) const {
  if (of == kind::weekday) {
    const auto wd = std::chrono::weekday{day};
    const auto m = std::chrono::month{month};
    if (week == 5)
      return sys_days{year_month_weekday_last{x, m, weekday_last{wd}}};
    return sys_days{year_month_weekday{x, m, weekday_indexed{wd, week}}};
  }
  const auto first = sys_days{year_month_day{x, January, std::chrono::day{1}}};
  if (of == kind::zero_based)
    return first + days{day};
  // Day 60 is the first of March in every year.
  const bool beyond_leap_day = x.is_leap() && day >= 60;
  return first + days{day - (beyond_leap_day ? 0 : 1)};
}

std::optional<zone_rule> zone_rule::parse(std::string_view text) {
  reader in{text};
  zone_rule out;
  // POSIX counts offsets to the west.
  if (!in.skip_name())
    return std::nullopt;
  const auto west = in.time(24);
  if (!west)
    return std::nullopt;
  out.standard_ = -*west;
  if (in.at_end())
    return out;
  if (!in.skip_name())
    return std::nullopt;
  out.has_summer_ = true;
  out.summer_ = out.standard_ + hours{1};
  if (const auto x = in.time(24))
    out.summer_ = -*x;
  const auto begin = in.day();
  const auto end = begin ? in.day() : std::nullopt;
  if (!end || !in.at_end())
    return std::nullopt;
  out.begin_ = *begin;
  out.end_ = *end;
  return out;
}

std::vector<zone_change> zone_rule::changes_in(year x) const {
  if (!has_summer_)
    return {};
  std::vector<zone_change> out{
    {sys_seconds{begin_.in(x)} + begin_.time - standard_, summer_},
    {sys_seconds{end_.in(x)} + end_.time - summer_, standard_},
  };
  if (out[1].at < out[0].at)
    std::swap(out[0], out[1]);
  return out;
}

} // namespace carillon
