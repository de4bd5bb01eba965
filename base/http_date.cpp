#include "base/http_date.hpp"

#include <algorithm>
#include <array>

namespace carillon {

namespace {

using namespace std::chrono;

constexpr std::array<std::string_view, 7> day_names{"Monday", "Tuesday",  "Wednesday", "Thursday",
                                                    "Friday", "Saturday", "Sunday"};
constexpr std::array<std::string_view, 12> month_names{"Jan", "Feb", "Mar", "Apr", "May", "Jun",
                                                       "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"};

/// Reads from the front of a text; stays failed after the first mismatch.
class reader {
public:
  explicit reader(std::string_view text) : text_(text) {
  }

  bool skip(std::string_view literal) {
    if (!text_.starts_with(literal))
      return false;
    text_.remove_prefix(literal.size());
    return true;
  }

  void need(std::string_view literal) {
    failed_ = !skip(literal) || failed_;
  }

  int number(size_t digits) {
    int out = 0;
    failed_ = text_.size() < digits || failed_;
    for (size_t i = 0; i < digits && !failed_; ++i) {
      failed_ = text_[i] < '0' || text_[i] > '9';
      out = out * 10 + (text_[i] - '0');
    }
    if (failed_)
      return 0;
    text_.remove_prefix(digits);
    return out;
  }

  unsigned small_number(size_t digits) {
    return static_cast<unsigned>(number(digits));
  }

  month month_name() {
    for (unsigned i = 0; i < month_names.size(); ++i)
      if (skip(month_names[i]))
        return month{i + 1};
    failed_ = true;
    return month{1};
  }

  seconds time_of_day() {
    const auto h = number(2);
    need(":");
    const auto m = number(2);
    need(":");
    const auto s = number(2);
    // A leap second counts as the first of the next minute.
    failed_ = failed_ || h > 23 || m > 59 || s > 60;
    return hours{h} + minutes{m} + seconds{s};
  }

  bool done() const {
    return !failed_ && text_.empty();
  }

private:
  std::string_view text_;
  bool failed_ = false;
};

/// The year with these last two digits that is at most 50 years after this one.
year full_year(int two_digits, timestamp now) {
  const auto latest = int{year_month_day{floor<days>(now)}.year()} + 50;
  auto out = latest - latest % 100 + two_digits;
  return year{out > latest ? out - 100 : out};
}

std::optional<timestamp> result(const reader& in, year_month_day date, seconds time_of_day) {
  if (!in.done() || !date.ok())
    return std::nullopt;
  return timestamp{sys_days{date} + time_of_day};
}

std::optional<timestamp> imf_fixdate(reader in) {
  in.need(" ");
  const day d{in.small_number(2)};
  in.need(" ");
  const auto m = in.month_name();
  in.need(" ");
  const year y{in.number(4)};
  in.need(" ");
  const auto time = in.time_of_day();
  in.need(" GMT");
  return result(in, y / m / d, time);
}

std::optional<timestamp> rfc850(reader in, timestamp now) {
  in.need(" ");
  const day d{in.small_number(2)};
  in.need("-");
  const auto m = in.month_name();
  in.need("-");
  const auto y = full_year(in.number(2), now);
  in.need(" ");
  const auto time = in.time_of_day();
  in.need(" GMT");
  return result(in, y / m / d, time);
}

std::optional<timestamp> asctime(reader in) {
  in.need(" ");
  const auto m = in.month_name();
  in.need(" ");
  const day d{in.skip(" ") ? in.small_number(1) : in.small_number(2)};
  in.need(" ");
  const auto time = in.time_of_day();
  in.need(" ");
  const year y{in.number(4)};
  return result(in, y / m / d, time);
}

} // namespace

std::optional<timestamp> from_http_date(std::string_view text, timestamp now) {
  for (const auto name : day_names) {
    if (reader in{text}; in.skip(name) && in.skip(","))
      return rfc850(in, now);
    if (reader in{text}; in.skip(name.substr(0, 3)))
      return in.skip(",") ? imf_fixdate(in) : asctime(in);
  }
  return std::nullopt;
}

} // namespace carillon
