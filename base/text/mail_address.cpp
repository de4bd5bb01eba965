#include "base/text/mail_address.hpp"

#include <algorithm>

namespace carillon {

namespace {

bool is_alphanumeric(char c) noexcept {
  return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9');
}

/// `atext` of RFC 5322 section 3.2.3.
bool is_atom_character(char c) noexcept {
  return is_alphanumeric(c)
         || std::string_view{"!#$%&'*+-/=?^_`{|}~"}.find(c) != std::string_view::npos;
}

/// Atoms with single dots in between.
bool is_dot_atom(std::string_view x) noexcept {
  return !x.empty() && x.front() != '.' && x.back() != '.' && x.find("..") == std::string_view::npos
         && std::all_of(x.begin(), x.end(),
                        [](char c) { return c == '.' || is_atom_character(c); });
}

bool is_label(std::string_view x) noexcept {
  return !x.empty() && x.size() <= 63 && x.front() != '-' && x.back() != '-'
         && std::all_of(x.begin(), x.end(), [](char c) { return c == '-' || is_alphanumeric(c); });
}

} // namespace

bool is_mail_domain(std::string_view x) noexcept {
  if (x.empty() || x.size() > 253)
    return false;
  while (true) {
    auto dot = x.find('.');
    if (!is_label(x.substr(0, dot)))
      return false;
    if (dot == std::string_view::npos)
      return true;
    x.remove_prefix(dot + 1);
  }
}

bool is_mail_address(std::string_view x) noexcept {
  auto at = x.find('@');
  return x.size() <= 254 && at != std::string_view::npos && at <= 64 && is_dot_atom(x.substr(0, at))
         && is_mail_domain(x.substr(at + 1));
}

std::string_view domain_of_address(std::string_view x) noexcept {
  return x.substr(x.find('@') + 1);
}

bool is_message_id(std::string_view x) noexcept {
  auto at = x.find('@');
  return x.size() <= 250 && at != std::string_view::npos && is_dot_atom(x.substr(0, at))
         && is_dot_atom(x.substr(at + 1));
}

} // namespace carillon
