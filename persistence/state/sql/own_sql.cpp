#include "persistence/state/sql/own_sql.hpp"

#include "base/text/ascii.hpp"

#include <algorithm>
#include <array>
#include <charconv>
#include <utility>

namespace carillon::sql {

namespace {

bool is_digit(char c) noexcept {
  return c >= '0' && c <= '9';
}

bool is_word(char c) noexcept {
  const char x = ascii_lower(c);
  return (x >= 'a' && x <= 'z') || is_digit(x) || x == '_'
         || (static_cast<unsigned char>(x) >= 0x80);
}

size_t behind(std::string_view sql, std::string_view end, size_t from) noexcept {
  const auto at = sql.find(end, from);
  return at == std::string_view::npos ? sql.size() : at + end.size();
}

/// The tag of a text in dollars that begins here, such as `$$` or `$body$`; empty if none does.
std::string_view dollar_tag(std::string_view sql) noexcept {
  size_t end = 1;
  while (end < sql.size() && is_word(sql[end]))
    ++end;
  if (end == sql.size() || sql[end] != '$' || (end > 1 && is_digit(sql[1])))
    return {};
  return sql.substr(0, end + 1);
}

/// Length of the quoted text or comment at the beginning; 0 if there is none. A doubled quote ends
/// one text and begins another, which comes to the same.
size_t skipped(std::string_view sql) noexcept {
  if (sql.front() == '\'' || sql.front() == '"')
    return behind(sql, sql.substr(0, 1), 1);
  if (sql.starts_with("--"))
    return behind(sql, "\n", 2);
  if (sql.starts_with("/*"))
    return behind(sql, "*/", 2);
  if (sql.front() == '$')
    if (const auto tag = dollar_tag(sql); !tag.empty())
      return behind(sql, tag, tag.size());
  return 0;
}

/// Calls `f(piece, is_code)` for each piece: a word, a parameter with its number, another
/// character, a quoted text, or a comment.
template <class F>
void for_pieces(std::string_view sql, F&& f) {
  while (!sql.empty()) {
    const auto quoted = skipped(sql);
    auto size = std::max<size_t>(quoted, 1);
    if (quoted == 0 && (is_word(sql.front()) || sql.front() == '?'))
      while (size < sql.size() && is_word(sql[size]))
        ++size;
    f(sql.substr(0, size), quoted == 0);
    sql.remove_prefix(size);
  }
}

bool is_parameter(std::string_view piece) noexcept {
  return piece.size() > 1 && piece.front() == '?' && is_digit(piece[1]);
}

failure refused(std::string detail) {
  return {ec::invalid_argument, std::move(detail), {}};
}

bool names_rollback(std::string_view sql) {
  bool found = false;
  for_pieces(sql, [&](std::string_view piece, bool is_code) {
    found = found || (is_code && equals_ignoring_case(piece, "rollback"));
  });
  return found;
}

} // namespace

std::string with_dollars(std::string_view sql) {
  std::string out;
  out.reserve(sql.size());
  for_pieces(sql, [&](std::string_view piece, bool is_code) {
    const auto from = out.size();
    out += piece;
    if (is_code && is_parameter(piece))
      out[from] = '$';
  });
  return out;
}

size_t highest_parameter(std::string_view sql) {
  size_t out = 0;
  for_pieces(sql, [&](std::string_view piece, bool is_code) {
    size_t number = 0;
    if (is_code && is_parameter(piece)
        && std::from_chars(piece.data() + 1, piece.data() + piece.size(), number).ec == std::errc{})
      out = std::max(out, number);
  });
  return out;
}

expected<void> check_own_statement(std::string_view sql) {
  static constexpr std::array begins{std::string_view{"insert"}, std::string_view{"update"},
                                     std::string_view{"delete"}, std::string_view{"select"},
                                     std::string_view{"with"}};
  std::string_view first;
  bool ended = false;
  bool more = false;
  for_pieces(sql, [&](std::string_view piece, bool is_code) {
    if (piece.starts_with("--") || piece.starts_with("/*")
        || blanks_and_line_ends.find(piece.front()) != std::string_view::npos)
      return;
    if (first.empty())
      first = piece;
    more = more || ended;
    ended = ended || (is_code && piece == ";");
  });
  if (std::none_of(begins.begin(), begins.end(),
                   [&](std::string_view x) { return equals_ignoring_case(first, x); }))
    return refused("a statement begins with INSERT, UPDATE, DELETE, SELECT or WITH");
  if (more)
    return refused("a statement is one statement, without another one behind it");
  return check_own_script(sql);
}

expected<void> check_own_script(std::string_view sql) {
  if (names_rollback(sql))
    return refused("ROLLBACK would end the transaction of other events as well: use ABORT");
  return {};
}

} // namespace carillon::sql
