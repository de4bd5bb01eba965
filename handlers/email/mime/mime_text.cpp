#include "handlers/email/mime/mime_text.hpp"

#include "base/text/base64.hpp"
#include "base/text/utf8.hpp"

#include <algorithm>
#include <array>
#include <chrono>
#include <cstdio>
#include <utility>
#include <vector>

namespace carillon {

namespace {

constexpr size_t line_limit = 76;
/// Most bytes of an encoded word without `=?UTF-8?x?` and `?=`, of 75 in all.
constexpr size_t word_limit = 63;
constexpr std::string_view hex_digits = "0123456789ABCDEF";

bool is_plain(char c) noexcept {
  return c >= ' ' && c <= '~';
}

bool is_alphanumeric(char c) noexcept {
  return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9');
}

void append_hex(std::string& out, char mark, char c) {
  auto byte = static_cast<unsigned char>(c);
  out += mark;
  out += hex_digits[byte >> 4U];
  out += hex_digits[byte & 15U];
}

/// Bytes of the character at the front of well-formed UTF-8.
size_t front_bytes(std::string_view x) noexcept {
  size_t size = 1;
  while (size < x.size() && (static_cast<unsigned char>(x[size]) & 0xc0U) == 0x80U)
    ++size;
  return size;
}

/// A character in encoding Q. The safe set is the one for phrases.
std::string q_encoded(std::string_view character) {
  std::string out;
  for (auto c : character)
    if (c == ' ')
      out += '_';
    else if (is_alphanumeric(c) || std::string_view{"!*+-/"}.find(c) != std::string_view::npos)
      out += c;
    else
      append_hex(out, '=', c);
  return out;
}

/// Bytes of an encoded word besides its text: `=?UTF-8?x?` and `?=`.
constexpr size_t word_frame = 12;

/// The text as words of one encoding, with folds between them; the first one begins at `column`.
std::string words_q(std::string_view text, size_t column) {
  std::string out;
  std::string word;
  auto room = line_limit - word_frame - column;
  while (!text.empty()) {
    auto size = front_bytes(text);
    auto more = q_encoded(text.substr(0, size));
    if (word.size() + more.size() > room) {
      out += "=?UTF-8?Q?" + word + "?=\r\n ";
      word.clear();
      room = word_limit;
    }
    word += more;
    text.remove_prefix(size);
  }
  return out + "=?UTF-8?Q?" + word + "?=";
}

std::string words_b(std::string_view text, size_t column) {
  std::string out;
  auto room = line_limit - word_frame - column;
  while (true) {
    size_t size = 0;
    while (size < text.size() && size + front_bytes(text.substr(size)) <= room / 4 * 3)
      size += front_bytes(text.substr(size));
    out += "=?UTF-8?B?" + to_base64(text.substr(0, size)) + "?=";
    text.remove_prefix(size);
    if (text.empty())
      return out;
    out += "\r\n ";
    room = word_limit;
  }
}

/// The shorter of both forms. `column` leaves room for a character at least: ≤ 50.
std::string encoded_words(std::string_view text, size_t column) {
  auto clean = as_utf8(text);
  auto q = words_q(clean, column);
  auto b = words_b(clean, column);
  return q.size() <= b.size() ? q : b;
}

/// True for a text that needs neither encoding nor folding.
bool is_harmless(std::string_view text) noexcept {
  if (text.empty())
    return true;
  size_t word = 0;
  size_t longest = 0;
  for (auto c : text) {
    word = c == ' ' ? 0 : word + 1;
    longest = std::max(longest, word);
  }
  return std::all_of(text.begin(), text.end(), is_plain) && longest <= line_limit - 20
         && text.find("=?") == std::string_view::npos && text.find("  ") == std::string_view::npos
         && text.front() != ' ' && text.back() != ' ';
}

/// Breaks before spaces, at most once between two words.
void append_folded(std::string& out, size_t column, std::string_view text) {
  while (column + text.size() > line_limit) {
    auto room = column < line_limit ? line_limit - column : 0;
    auto at = text.rfind(' ', room);
    // The space at the front belongs to the last break.
    if (at == std::string_view::npos || at == 0)
      at = text.find(' ', 1);
    if (at == std::string_view::npos)
      break;
    out += text.substr(0, at);
    out += "\r\n";
    text.remove_prefix(at);
    column = 0;
  }
  out += text;
}

/// Servers could mistake a dot for the end; mbox files change such a `From `.
bool is_delicate(std::string_view line) noexcept {
  return line.starts_with('.') || line.starts_with("From ");
}

} // namespace

bool has_control_character(std::string_view x) noexcept {
  return std::any_of(x.begin(), x.end(),
                     [](char c) { return static_cast<unsigned char>(c) < 0x20U || c == '\x7f'; });
}

void append_text_field(std::string& out, std::string_view name, std::string_view value) {
  out += name;
  out += ": ";
  if (is_harmless(value)) {
    append_folded(out, name.size() + 2, value);
  } else {
    // A fold before the first word would be read as a blank before the text.
    out += encoded_words(value, name.size() + 2);
  }
  out += "\r\n";
}

std::string phrase_of(std::string_view name, size_t column) {
  constexpr size_t longest_quoted = 60;
  if (name.size() > longest_quoted || !is_harmless(name))
    return encoded_words(name, column);
  std::string out = "\"";
  for (auto c : name) {
    if (c == '"' || c == '\\')
      out += '\\';
    out += c;
  }
  return out + '"';
}

void append_file_name(std::string& out, std::string_view name) {
  auto safe = [](char c) { return is_alphanumeric(c) || c == '.' || c == '-' || c == '_'; };
  if (name.size() <= 50 && std::all_of(name.begin(), name.end(), safe)) {
    out += ";\r\n filename=\"" + std::string{name} + '"';
    return;
  }
  std::string encoded;
  std::vector<std::string> parts;
  for (auto c : as_utf8(name)) {
    if (encoded.size() > 50)
      parts.push_back(std::exchange(encoded, {}));
    if (safe(c))
      encoded += c;
    else
      append_hex(encoded, '%', c);
  }
  parts.push_back(std::move(encoded));
  if (parts.size() == 1) {
    out += ";\r\n filename*=UTF-8''" + parts.front();
    return;
  }
  for (size_t i = 0; i < parts.size(); ++i) {
    out += ";\r\n filename*" + std::to_string(i) + "*=" + (i == 0 ? "UTF-8''" : "");
    out += parts[i];
  }
}

void append_quoted_printable(std::string& out, std::string_view text) {
  size_t column = 0;
  for (size_t i = 0; i < text.size(); ++i) {
    auto c = text[i];
    if (c == '\r' && i + 1 < text.size() && text[i + 1] == '\n') {
      out += "\r\n";
      column = 0;
      ++i;
      continue;
    }
    auto rest = text.substr(i + 1);
    auto ends_line = rest.empty() || rest.starts_with("\r\n");
    auto literal = is_plain(c) && c != '=';
    if ((c == ' ' && ends_line) || (column == 0 && is_delicate(text.substr(i))))
      literal = false;
    auto width = literal ? size_t{1} : size_t{3};
    if (column + width > line_limit - (ends_line ? 0 : 1)) {
      out += "=\r\n";
      column = 0;
      literal = literal && !is_delicate(text.substr(i));
      width = literal ? 1 : 3;
    }
    if (literal)
      out += c;
    else
      append_hex(out, '=', c);
    column += width;
  }
}

void append_base64_lines(std::string& out, std::string_view bytes) {
  constexpr size_t line_bytes = line_limit / 4 * 3;
  out.reserve(out.size() + bytes.size() * 7 / 5 + 4);
  while (!bytes.empty()) {
    auto piece = bytes.substr(0, line_bytes);
    out += to_base64(piece);
    out += "\r\n";
    bytes.remove_prefix(piece.size());
  }
}

std::string with_crlf(std::string_view text) {
  std::string out;
  out.reserve(text.size() + text.size() / 20);
  for (size_t i = 0; i < text.size(); ++i) {
    if (text[i] == '\r' || text[i] == '\n') {
      out += "\r\n";
      if (text[i] == '\r' && i + 1 < text.size() && text[i + 1] == '\n')
        ++i;
    } else {
      out += text[i];
    }
  }
  return out;
}

std::string mail_date(timestamp t) {
  using namespace std::chrono;
  constexpr std::array days{"Sun", "Mon", "Tue", "Wed", "Thu", "Fri", "Sat"};
  constexpr std::array months{"Jan", "Feb", "Mar", "Apr", "May", "Jun",
                              "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"};
  auto day = floor<std::chrono::days>(t);
  year_month_day date{day};
  hh_mm_ss time{floor<seconds>(t - day)};
  std::array<char, 64> out{};
  auto size = std::snprintf(out.data(), out.size(), "%s, %02u %s %04d %02d:%02d:%02d +0000",
                            days.at(weekday{day}.c_encoding()), static_cast<unsigned>(date.day()),
                            months.at(static_cast<unsigned>(date.month()) - 1),
                            static_cast<int>(date.year()), static_cast<int>(time.hours().count()),
                            static_cast<int>(time.minutes().count()),
                            static_cast<int>(time.seconds().count()));
  return {out.data(), static_cast<size_t>(size)};
}

} // namespace carillon
