#include "base/calendar/cron.hpp"

#include <algorithm>
#include <string>
#include <utility>
#include <vector>

namespace carillon {

using namespace std::chrono;

namespace {

constexpr years horizon{60};

struct cron_field {
  const char* name;
  unsigned least;
  unsigned most;
};

constexpr std::array<cron_field, 6> cron_fields{{{"second", 0, 59},
                                                 {"minute", 0, 59},
                                                 {"hour", 0, 23},
                                                 {"day of the month", 1, 31},
                                                 {"month", 1, 12},
                                                 {"day of the week", 0, 7}}};

constexpr std::array<std::string_view, 12> month_names{"JAN", "FEB", "MAR", "APR", "MAY", "JUN",
                                                       "JUL", "AUG", "SEP", "OCT", "NOV", "DEC"};
constexpr std::array<std::string_view, 7> weekday_names{"SUN", "MON", "TUE", "WED",
                                                        "THU", "FRI", "SAT"};

constexpr std::array<std::pair<std::string_view, std::string_view>, 7> nicknames{
  {{"@yearly", "0 0 1 1 *"},
   {"@annually", "0 0 1 1 *"},
   {"@monthly", "0 0 1 * *"},
   {"@weekly", "0 0 * * 0"},
   {"@daily", "0 0 * * *"},
   {"@midnight", "0 0 * * *"},
   {"@hourly", "0 * * * *"}}};

char upper(char c) noexcept {
  return c >= 'a' && c <= 'z' ? static_cast<char>(c - 'a' + 'A') : c;
}

bool same_name(std::string_view x, std::string_view name) noexcept {
  return x.size() == name.size()
         && std::equal(x.begin(), x.end(), name.begin(),
                       [](char a, char b) { return upper(a) == b; });
}

std::vector<std::string_view> split(std::string_view x, std::string_view at) {
  std::vector<std::string_view> out;
  for (;;) {
    const auto end = std::min(x.find_first_of(at), x.size());
    out.push_back(x.substr(0, end));
    if (end == x.size())
      return out;
    x.remove_prefix(end + 1);
  }
}

failure bad_cron(std::string detail) {
  return {ec::invalid_argument, std::move(detail), "cron"};
}

} // namespace

/// Reads the items of one field.
class cron::reader {
public:
  reader(cron& out, size_t field) : out_(out), field_(field), about_(cron_fields[field]) {
  }

  expected<void> read(std::string_view text) {
    // A question mark is a star of cron's kin.
    if (text == "*" || text == "?") {
      if (field_ == day_field)
        out_.any_day_ = true;
      if (field_ == weekday_field)
        out_.any_weekday_ = true;
    }
    for (const auto item : split(text, ","))
      if (!read_item(item))
        return bad_cron("the " + std::string{about_.name} + " '" + std::string{text}
                        + "' is not of *, numbers from " + std::to_string(about_.least) + " to "
                        + std::to_string(about_.most) + ", ranges as 1-5 and steps as */2");
    return {};
  }

private:
  static constexpr size_t day_field = 3;
  static constexpr size_t month_field = 4;
  static constexpr size_t weekday_field = 5;

  std::optional<unsigned> number(std::string_view x) const noexcept {
    if (field_ == month_field)
      for (unsigned i = 0; i < month_names.size(); ++i)
        if (same_name(x, month_names[i]))
          return i + 1;
    if (field_ == weekday_field)
      for (unsigned i = 0; i < weekday_names.size(); ++i)
        if (same_name(x, weekday_names[i]))
          return i;
    if (x.empty() || x.size() > 2)
      return std::nullopt;
    unsigned value = 0;
    for (const auto c : x) {
      if (c < '0' || c > '9')
        return std::nullopt;
      value = value * 10 + static_cast<unsigned>(c - '0');
    }
    if (value < about_.least || value > about_.most)
      return std::nullopt;
    return value;
  }

  bool read_item(std::string_view x) {
    if (x == "*" || x == "?")
      return set(about_.least, about_.most, 1);
    if (field_ == day_field && (x == "L" || x == "l")) {
      out_.last_day_ = true;
      return true;
    }
    if (field_ == weekday_field && x.size() >= 2) {
      if (upper(x.back()) == 'L')
        return set_last(x.substr(0, x.size() - 1));
      if (const auto hash = x.find('#'); hash != std::string_view::npos)
        return set_nth(x.substr(0, hash), x.substr(hash + 1));
    }
    return read_range(x);
  }

  bool read_range(std::string_view x) {
    unsigned step = 1;
    const auto slash = x.find('/');
    if (slash != std::string_view::npos) {
      const auto text = x.substr(slash + 1);
      step = 0;
      for (const auto c : text.substr(0, 2))
        step = c >= '0' && c <= '9' ? step * 10 + static_cast<unsigned>(c - '0') : 1'000;
      if (text.empty() || text.size() > 2 || step == 0 || step > about_.most)
        return false;
      x = x.substr(0, slash);
      if (x == "*")
        return set(about_.least, about_.most, step);
    }
    const auto dash = x.find('-');
    if (dash == std::string_view::npos) {
      // `5/15` is read by some as `5-59/15`.
      const auto n = slash == std::string_view::npos ? number(x) : std::nullopt;
      return n && set(*n, *n, 1);
    }
    const auto from = number(x.substr(0, dash));
    auto to = number(x.substr(dash + 1));
    // The week of a range ends with Sunday.
    if (field_ == weekday_field && from && to && *to == 0 && *from > 0)
      to = 7;
    return from && to && *from <= *to && set(*from, *to, step);
  }

  bool set_last(std::string_view weekday) {
    const auto n = number(weekday);
    if (n)
      out_.weekdays_[*n % 7].last = true;
    return n.has_value();
  }

  bool set_nth(std::string_view weekday, std::string_view nth) {
    const auto n = number(weekday);
    if (!n || nth.size() != 1)
      return false;
    if (upper(nth.front()) == 'L')
      return set_last(weekday);
    if (nth.front() < '1' || nth.front() > '5')
      return false;
    out_.weekdays_[*n % 7].nth.set(static_cast<size_t>(nth.front() - '0'));
    return true;
  }

  bool set(unsigned from, unsigned to, unsigned step) {
    for (auto x = from; x <= to; x += step)
      switch (field_) {
      case 0:
        out_.seconds_.set(x);
        break;
      case 1:
        out_.minutes_.set(x);
        break;
      case 2:
        out_.hours_.set(x);
        break;
      case day_field:
        out_.days_.set(x);
        break;
      case month_field:
        out_.months_.set(x);
        break;
      default:
        out_.weekdays_[x % 7].every = true;
      }
    return true;
  }

  cron& out_;
  size_t field_;
  const cron_field& about_;
};

expected<cron> cron::parse(std::string_view text) {
  if (text.size() > most_bytes)
    return bad_cron("the pattern has more than 256 bytes");
  for (const auto& [name, pattern] : nicknames)
    if (text == name)
      text = pattern;
  auto fields = split(text, " \t");
  std::erase(fields, std::string_view{});
  if (fields.size() != 5 && fields.size() != 6)
    return bad_cron("the pattern '" + std::string{text}
                    + "' does not have five fields (minute, hour, day of the month, month, day of "
                      "the week), or six with the second before them");
  const auto same_time = [](std::string_view x) { return x.find_first_of("*?/") == x.npos; };
  const auto first = fields.end() - 5;
  cron out;
  if (fields.size() == 5)
    out.seconds_.set(0);
  for (size_t i = 0; i < fields.size(); ++i)
    if (auto read = reader{out, i + 6 - fields.size()}.read(fields[i]); !read)
      return read.error();
  out.is_fixed_ = std::all_of(fields.begin(), first + 2, same_time) && out.seconds_.count() == 1
                  && out.minutes_.count() == 1 && out.hours_.count() == 1;
  const local_seconds any{local_days{year{2000} / January / 1}};
  if (!out.next_local(any))
    return bad_cron("the pattern '" + std::string{text} + "' names no day that there is");
  return out;
}

std::optional<sys_seconds> cron::next(sys_seconds after, const time_zone& zone) const {
  if (is_fixed_)
    return next_fixed(after, zone);
  auto from = after + seconds{1};
  const auto end = from + days{366 * horizon.count()};
  while (from < end) {
    const auto span = zone.at(from);
    const auto found = next_local(local_seconds{(from + span.offset).time_since_epoch()});
    if (!found)
      return std::nullopt;
    const auto at = sys_seconds{found->time_since_epoch()} - span.offset;
    if (at < span.end)
      return at;
    // Behind this span the clock may have been set back, to what it has shown before.
    from = span.end;
  }
  return std::nullopt;
}

std::optional<sys_seconds> cron::next_fixed(sys_seconds after, const time_zone& zone) const {
  const auto span = zone.at(after);
  const auto local = local_seconds{(after + span.offset).time_since_epoch()};
  auto day = floor<days>(local) - days{1};
  for (;;) {
    const auto shown = next_local(local_seconds{day});
    if (!shown)
      return std::nullopt;
    day = floor<days>(*shown);
    const auto moment = zone.resolve(*shown);
    const auto offset = zone.at(moment.at).offset;
    const auto date = floor<days>(local_seconds{(moment.at + offset).time_since_epoch()});
    // A change that passes over the rest of a day passes over its time.
    const auto happens = moment.is != local_moment::kind::never || date == day;
    if (happens && moment.at > after)
      return moment.at;
    day += days{1};
  }
}

std::optional<local_seconds> cron::next_local(local_seconds from) const {
  const auto first = floor<days>(from);
  const auto limit = first + days{366 * horizon.count()};
  for (auto day = first; day < limit; day += days{1}) {
    const auto date = year_month_day{day};
    if (!months_.test(static_cast<unsigned>(date.month()))) {
      // To the end of the month.
      day = local_days{date.year() / date.month() / last};
      continue;
    }
    if (!matches(date))
      continue;
    const auto begin = day == first ? from - first : seconds{0};
    if (const auto time = next_in_day(begin))
      return day + *time;
  }
  return std::nullopt;
}

std::optional<seconds> cron::next_in_day(seconds from) const {
  const auto h0 = duration_cast<hours>(from).count();
  const auto m0 = duration_cast<minutes>(from).count() % 60;
  const auto s0 = from.count() % 60;
  for (auto h = h0; h < 24; ++h) {
    if (!hours_.test(static_cast<size_t>(h)))
      continue;
    for (auto m = h == h0 ? m0 : 0; m < 60; ++m) {
      if (!minutes_.test(static_cast<size_t>(m)))
        continue;
      for (auto s = h == h0 && m == m0 ? s0 : 0; s < 60; ++s)
        if (seconds_.test(static_cast<size_t>(s)))
          return hours{h} + minutes{m} + seconds{s};
    }
  }
  return std::nullopt;
}

bool cron::matches(const year_month_day& x) const {
  const auto day = static_cast<unsigned>(x.day());
  const auto end = static_cast<unsigned>((x.year() / x.month() / last).day());
  const bool by_day = days_.test(day) || (last_day_ && day == end);
  const auto& rule = weekdays_[weekday{local_days{x}}.c_encoding()];
  const bool by_weekday
    = rule.every || rule.nth.test((day - 1) / 7 + 1) || (rule.last && day + 7 > end);
  if (any_weekday_)
    return by_day;
  return any_day_ ? by_weekday : by_day || by_weekday;
}

} // namespace carillon
