#include "handlers/email/link_filter.hpp"

#include "base/text/ascii.hpp"

#include <algorithm>

namespace carillon {

namespace {

constexpr std::string_view removed = "[link removed]";

bool is_letter(char c) noexcept {
  return ascii_lower(c) >= 'a' && ascii_lower(c) <= 'z';
}

bool is_host_character(char c) noexcept {
  return is_letter(c) || (c >= '0' && c <= '9') || c == '-' || c == '.'
         || static_cast<unsigned char>(c) >= 0x80U;
}

/// A name with a dot whose last label has only letters: mail programs make it a link.
bool is_host(std::string_view x) noexcept {
  auto dot = x.rfind('.');
  if (dot == std::string_view::npos || dot == 0)
    return false;
  auto last = x.substr(dot + 1);
  return last.size() >= 2 && std::all_of(x.begin(), x.end(), is_host_character)
         && std::none_of(last.begin(), last.end(), [](char c) { return c >= '0' && c <= '9'; });
}

/// True for `https://host…` with an allowed host. Anything unusual in the authority (user, port,
/// backslash) is ambiguous and rejected.
bool is_allowed(std::string_view url, const std::vector<std::string>& hosts) {
  auto begin = url.find("://");
  auto scheme = ascii_lower(url.substr(0, std::min(begin, url.size())));
  if (begin == std::string_view::npos || (scheme != "https" && scheme != "http"))
    return false;
  auto rest = url.substr(begin + 3);
  auto host = ascii_lower(rest.substr(0, rest.find_first_of("/?#")));
  return std::any_of(hosts.begin(), hosts.end(), [&](const std::string& x) {
    auto known = ascii_lower(x);
    return !known.empty() && (host == known || host.ends_with('.' + known));
  });
}

bool is_link(std::string_view word) {
  if (word.find("://") != std::string_view::npos || equals_ignoring_case(word.substr(0, 4), "www."))
    return true;
  auto slash = word.find_first_of("/\\?#");
  return slash != std::string_view::npos && is_host(word.substr(0, slash));
}

/// True for the end of a word: a blank, or a character that no URL contains.
bool ends_word(char c) noexcept {
  return static_cast<unsigned char>(c) <= 0x20U
         || std::string_view{"<>\"'()[]{},;|`"}.find(c) != std::string_view::npos;
}

} // namespace

std::string without_links(std::string_view text, const std::vector<std::string>& hosts) {
  std::string out;
  for (size_t at = 0; at < text.size();) {
    auto end = at;
    while (end < text.size() && !ends_word(text[end]))
      ++end;
    auto word = text.substr(at, end - at);
    if (is_link(word) && !is_allowed(word, hosts))
      out += removed;
    else
      out += word;
    if (end < text.size())
      out += text[end++];
    at = end;
  }
  return out;
}

} // namespace carillon
