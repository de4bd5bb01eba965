#include "base/text/masked.hpp"

#include "base/text/ascii.hpp"

#include <algorithm>
#include <array>
#include <vector>

namespace carillon {

namespace {

constexpr auto npos = std::string_view::npos;
constexpr std::string_view blanks = " \t\r\n\v\f";

/// A range of the text to be masked.
struct span_of_secret {
  size_t from;
  size_t to;
};

using spans = std::vector<span_of_secret>;

bool is_blank(char c) noexcept {
  return blanks.find(c) != npos;
}

bool is_digit(char c) noexcept {
  return c >= '0' && c <= '9';
}

int hex_value(char c) noexcept {
  c = ascii_lower(c);
  if (is_digit(c))
    return c - '0';
  return c >= 'a' && c <= 'f' ? c - 'a' + 10 : -1;
}

bool is_name(char c) noexcept {
  c = ascii_lower(c);
  return is_digit(c) || (c >= 'a' && c <= 'z') || c == '_' || c == '-' || c == '.' || c == '%';
}

/// Percent-decoded, in lower case, without separators of words.
std::string plain_name(std::string_view name) {
  std::string out;
  for (size_t i = 0; i < name.size(); ++i) {
    char c = name[i];
    if (c == '%' && i + 2 < name.size() && hex_value(name[i + 1]) >= 0
        && hex_value(name[i + 2]) >= 0) {
      c = static_cast<char>(hex_value(name[i + 1]) * 16 + hex_value(name[i + 2]));
      i += 2;
    }
    if (c != '_' && c != '-' && c != '.')
      out.push_back(ascii_lower(c));
  }
  return out;
}

bool means_secret(std::string_view name) {
  constexpr std::array<std::string_view, 12> endings{
    "password", "passwd",    "passphrase", "pwd",        "secret",     "token",
    "apikey",   "accesskey", "privatekey", "signingkey", "encryptkey", "credentials"};
  const auto plain = plain_name(name);
  return plain == "pass" || std::any_of(endings.begin(), endings.end(), [&](const auto& x) {
           return plain.ends_with(x);
         });
}

size_t skip_blanks(std::string_view text, size_t at) noexcept {
  while (at < text.size() && (text[at] == ' ' || text[at] == '\t'))
    ++at;
  return at;
}

/// Position behind the quoted text that begins at `at`, where backslashes escape; the end if it is
/// not closed.
size_t behind_quoted(std::string_view text, size_t at) noexcept {
  const char quote = text[at++];
  while (at < text.size() && text[at] != quote)
    at += text[at] == '\\' && at + 1 < text.size() ? 2 : 1;
  return at;
}

/// Position behind a value without quotes: an unescaped blank ends it; in a URL `&` and `#` do.
size_t behind_value(std::string_view text, size_t at, bool in_query) noexcept {
  for (; at < text.size() && !is_blank(text[at]); ++at) {
    if (in_query && (text[at] == '&' || text[at] == '#'))
      break;
    if (text[at] == '\\' && at + 1 < text.size())
      ++at;
  }
  return std::min(at, text.size());
}

/// The value of the assignment whose sign is at `at`; an empty range if there is none.
span_of_secret value_at(std::string_view text, size_t sign, bool in_query) noexcept {
  const auto at = skip_blanks(text, sign + 1);
  if (at >= text.size())
    return {0, 0};
  if (text[at] == '\'' || text[at] == '"')
    return {at + 1, behind_quoted(text, at)};
  if (text[sign] == ':')
    return {0, 0};
  return {at, behind_value(text, at, in_query)};
}

/// `key=value`, `key = 'value'`, `"key": "value"`, for keys that mean a secret.
void find_assignments(std::string_view text, spans& out) {
  for (size_t at = 0; at < text.size(); ++at) {
    if (text[at] != '=' && text[at] != ':')
      continue;
    auto end = at;
    while (end > 0 && (text[end - 1] == ' ' || text[end - 1] == '\t'))
      --end;
    if (end > 0 && (text[end - 1] == '"' || text[end - 1] == '\''))
      --end;
    auto begin = end;
    while (begin > 0 && is_name(text[begin - 1]))
      --begin;
    if (begin == end || !means_secret(text.substr(begin, end - begin)))
      continue;
    const auto in_query = begin > 0 && (text[begin - 1] == '?' || text[begin - 1] == '&');
    if (auto value = value_at(text, at, in_query); value.from < value.to)
      out.push_back(value);
  }
}

/// `Authorization: Bearer x`.
void find_headers(std::string_view text, spans& out) {
  auto low = ascii_lower(text);
  for (size_t at = 0; (at = low.find("authorization:", at)) != npos;) {
    at = skip_blanks(text, at + std::string_view{"authorization:"}.size());
    const auto end = std::min(text.find_first_of("\r\n", at), text.size());
    const auto word = std::min(text.find_first_of(" \t", at), end);
    // The scheme may be read, if there is one.
    const auto from = word < end ? skip_blanks(text, word) : at;
    if (from < end)
      out.push_back({from, end});
  }
}

/// True if each host of `h1:1,h2:2` or `[::1]:3` has a port of digits, or none.
bool has_ports(std::string_view authority) noexcept {
  for (;;) {
    const auto comma = authority.find(',');
    auto host = authority.substr(0, comma);
    if (host.starts_with('['))
      host.remove_prefix(std::min(host.find(']'), host.size()));
    if (const auto colon = host.find(':'); colon != npos) {
      const auto port = host.substr(colon + 1);
      if (!std::all_of(port.begin(), port.end(), is_digit))
        return false;
    }
    if (comma == npos)
      return true;
    authority.remove_prefix(comma + 1);
  }
}

bool is_http(std::string_view scheme) {
  auto low = ascii_lower(scheme);
  return low.ends_with("http") || low.ends_with("https");
}

/// End of a password that extends beyond the token: an `@` on the same line.
size_t end_of_broken(std::string_view text, size_t end) noexcept {
  const auto line = text.substr(0, text.find_first_of("\r\n", end));
  const auto next = line.find("://", end);
  const auto sign = line.find('@', end);
  return sign != npos && sign < next ? sign : end;
}

/// Credentials between `scheme://` and the next blank.
void find_credentials(std::string_view text, size_t from, bool http, spans& out) {
  const auto end = std::min(text.find_first_of(blanks, from), text.size());
  const auto token = text.substr(0, end);
  const auto authority_end = std::min(token.find_first_of("/?#", from), end);
  const auto authority = text.substr(from, authority_end - from);
  const auto first = token.find('@', from);
  if (first == npos) {
    if (!has_ports(authority) && authority.find(mask) == npos)
      out.push_back({from, end_of_broken(text, authority_end)});
    return;
  }
  const auto slash = std::min(token.find('/', from), end);
  if (http && first > slash && has_ports(authority))
    return;
  const auto limit = std::min(token.find_first_of(http ? "/?#" : "?", first), end);
  out.push_back({from, token.substr(0, limit).rfind('@')});
}

void find_urls(std::string_view text, spans& out) {
  for (size_t at = 0; (at = text.find("://", at)) != npos;) {
    auto begin = at;
    while (begin > 0 && is_name(text[begin - 1]))
      --begin;
    at += 3;
    find_credentials(text, at, is_http(text.substr(begin, at - 3 - begin)), out);
  }
}

/// `user:password@host` and `token@host:port` without a scheme.
void find_bare_credentials(std::string_view text, spans& out) {
  for (size_t begin = 0; begin < text.size();) {
    const auto end = std::min(text.find_first_of(blanks, begin), text.size());
    const auto token = text.substr(begin, end - begin);
    const auto at = token.rfind('@');
    if (at != npos && token.find("://") == npos && !token.starts_with("mailto:")) {
      const auto from = token.find_first_not_of("\"'`(<[{");
      const auto port = token.find(':', at);
      const auto has_port = port != npos && port + 1 < token.size() && is_digit(token[port + 1]);
      if (from < at && (token.substr(0, at).find(':') != npos || has_port))
        out.push_back({begin + from, begin + at});
    }
    begin = std::max(end, begin) + 1;
  }
}

/// Text that libpq quotes when it cannot parse a connection string.
void find_libpq_quotes(std::string_view text, spans& out) {
  constexpr std::array<std::string_view, 8> openings{
    "missing \"=\" after \"",       "invalid percent-encoded token: \"",
    "invalid port number: \"",      "invalid integer value \"",
    "invalid connection option \"", "invalid URI query parameter: \"",
    "in URI query parameter: \"",   "key/value separator \"=\" in URI: \""};
  for (const auto& opening : openings)
    for (size_t at = 0; (at = text.find(opening, at)) != npos;) {
      at += opening.size();
      // The quoted text may hold quotes itself: up to the last one of the line.
      const auto line = std::min(text.find_first_of("\r\n", at), text.size());
      const auto end = text.substr(0, line).rfind('"');
      if (end != npos && end > at)
        out.push_back({at, end});
    }
}

} // namespace

std::string masked(std::string_view text) {
  spans found;
  find_assignments(text, found);
  find_headers(text, found);
  find_urls(text, found);
  find_bare_credentials(text, found);
  find_libpq_quotes(text, found);
  std::sort(found.begin(), found.end(),
            [](const auto& a, const auto& b) { return a.from < b.from; });
  std::string out;
  size_t done = 0;
  for (size_t i = 0; i < found.size();) {
    const auto from = std::max(found[i].from, done);
    auto to = found[i].to;
    for (++i; i < found.size() && found[i].from <= to; ++i)
      to = std::max(to, found[i].to);
    if (to <= from)
      continue;
    out += text.substr(done, from - done);
    out += mask;
    done = to;
  }
  out += text.substr(done);
  return out;
}

} // namespace carillon
