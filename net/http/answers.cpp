#include "net/http/answers.hpp"

#include "base/problem.hpp"
#include "net/http/admission.hpp"

#include <boost/beast/http/status.hpp>

#include <array>
#include <charconv>
#include <ctime>

namespace carillon::data {

namespace {

constexpr std::string_view seq_part = R"({"seq":)";
constexpr std::string_view id_part = R"(,"id":)";
constexpr std::string_view new_part = R"(,"duplicate":false})";
constexpr std::string_view duplicate_part = R"(,"duplicate":true})";

constexpr std::string_view nosniff = "X-Content-Type-Options: nosniff\r\n";
constexpr std::string_view no_store = "Cache-Control: no-store\r\n";

/// A number as text, without an allocation.
class digits {
public:
  explicit digits(uint64_t x)
    : end_(std::to_chars(text_.data(), text_.data() + text_.size(), x).ptr) {
  }

  std::string_view view() const noexcept {
    return {text_.data(), static_cast<size_t>(end_ - text_.data())};
  }

private:
  std::array<char, 20> text_{};
  char* end_;
};

void append_line(std::string& out, std::string_view name, std::string_view value) {
  out += name;
  out += ": ";
  out += value;
  out += "\r\n";
}

void append_connection(std::string& out, const answer_style& style) {
  if (style.close)
    out += "Connection: close\r\n";
  else if (style.keep_alive_10)
    out += "Connection: keep-alive\r\n";
}

void append_head(std::string& out, int status, std::string_view media_type,
                 const answer_style& style) {
  out += "HTTP/1.1 ";
  out += digits{static_cast<uint64_t>(status)}.view();
  out += ' ';
  auto reason = boost::beast::http::obsolete_reason(
    boost::beast::http::int_to_status(static_cast<unsigned>(status)));
  out.append(reason.data(), reason.size());
  out += "\r\n";
  if (!media_type.empty())
    append_line(out, "Content-Type", media_type);
  out += nosniff;
  out += style.date;
  out += style.fields;
  append_connection(out, style);
}

void append_body(std::string& out, std::string_view body, const answer_style& style) {
  append_line(out, "Content-Length", digits{body.size()}.view());
  out += "\r\n";
  if (!style.head_only)
    out += body;
}

} // namespace

std::string date_line() {
  auto now = std::time(nullptr);
  std::tm parts{};
  gmtime_r(&now, &parts);
  static constexpr std::array days{"Sun", "Mon", "Tue", "Wed", "Thu", "Fri", "Sat"};
  static constexpr std::array months{"Jan", "Feb", "Mar", "Apr", "May", "Jun",
                                     "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"};
  // Not strftime with %a and %b: those follow the locale.
  std::array<char, 64> text{};
  auto size
    = std::snprintf(text.data(), text.size(), "Date: %s, %02d %s %04d %02d:%02d:%02d GMT\r\n",
                    days.at(static_cast<size_t>(parts.tm_wday)), parts.tm_mday,
                    months.at(static_cast<size_t>(parts.tm_mon)), parts.tm_year + 1900,
                    parts.tm_hour, parts.tm_min, parts.tm_sec);
  return {text.data(), static_cast<size_t>(size)};
}

void append_answer(std::string& out, int status, std::string_view body, const answer_style& style) {
  append_head(out, status, "application/json", style);
  append_body(out, body, style);
}

void append_whole(std::string& out, const whole_answer& x, const answer_style& style) {
  auto bare = x.status == 204 || x.status == 304;
  append_head(out, x.status, bare ? std::string_view{} : x.media_type, style);
  if (x.fields.find("Cache-Control:") == std::string::npos)
    out += no_store;
  out += x.fields;
  if (bare)
    out += "\r\n";
  else
    append_body(out, x.body, style);
}

void append_receipt(std::string& out, const receipt& x, std::string_view escaped_id,
                    const answer_style& style) {
  digits seq{x.seq};
  auto last = x.duplicate ? duplicate_part : new_part;
  auto size
    = seq_part.size() + seq.view().size() + id_part.size() + escaped_id.size() + last.size();
  out += x.duplicate ? "HTTP/1.1 200 OK\r\nContent-Type: application/json\r\n"
                     : "HTTP/1.1 201 Created\r\nContent-Type: application/json\r\n";
  out += nosniff;
  out += style.date;
  out += style.fields;
  append_connection(out, style);
  out += "Content-Length: ";
  out += digits{size}.view();
  out += "\r\n\r\n";
  append_receipt_json(out, x, escaped_id);
}

failure conflict_of(const receipt& x) {
  return {ec::conflict,
          "position " + std::to_string(x.seq) + " has an event of type " + x.conflicting_type
            + " with this source and id; give each event an id of its own",
          "id"};
}

void append_receipt_json(std::string& out, const receipt& x, std::string_view escaped_id) {
  out += seq_part;
  out += digits{x.seq}.view();
  out += id_part;
  out += escaped_id;
  out += x.duplicate ? duplicate_part : new_part;
}

void append_problem(std::string& out, const refusal& x, const answer_style& style) {
  auto status = x.status != 0 ? x.status : http_status_of(x.why.code);
  append_head(out, status, problem_media_type, style);
  out += no_store;
  if (status == 401)
    append_line(out, "WWW-Authenticate", "Bearer");
  if (!x.allow.empty())
    append_line(out, "Allow", x.allow);
  out += x.fields;
  if (auto pause = retry_after_seconds(x.why.code); pause > 0)
    append_line(out, "Retry-After", digits{static_cast<uint64_t>(pause)}.view());
  append_body(out, problem_json(x.why, status), style);
}

void append_problem(std::string& out, const failure& x, const answer_style& style) {
  append_problem(out, refusal{.why = x}, style);
}

whole_answer problem_answer(const failure& why) {
  whole_answer out{.status = http_status_of(why.code)};
  out.body = problem_json(why, out.status);
  out.media_type = problem_media_type;
  if (out.status == 401)
    out.fields = "WWW-Authenticate: Bearer\r\n";
  if (auto pause = retry_after_seconds(why.code); pause > 0)
    out.fields = "Retry-After: " + std::to_string(pause) + "\r\n";
  return out;
}

} // namespace carillon::data
