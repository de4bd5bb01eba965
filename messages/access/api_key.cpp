#include "messages/access/api_key.hpp"

#include "base/text/ascii.hpp"
#include "base/text/hex.hpp"

#include <algorithm>
#include <array>
#include <cstddef>

namespace carillon {

namespace {

constexpr std::array<std::string_view, 4> role_names{"publisher", "reader", "admin", "worker"};

constexpr size_t most_consumers = 100;
constexpr size_t consumer_bytes = 64;

/// Takes the next name off the front.
std::string_view next_name(std::string_view& list) noexcept {
  auto end = list.find(',');
  auto out = list.substr(0, end);
  list.remove_prefix(end == std::string_view::npos ? list.size() : end + 1);
  return out;
}

constexpr std::string_view queue_prefix = "queue/";
constexpr std::string_view companies_prefix = "companies/";

/// The name or pattern of a consumer in a list, without what says that companies' are meant, too.
std::string_view without_scope(std::string_view x) noexcept {
  return x.starts_with(companies_prefix) ? x.substr(companies_prefix.size()) : x;
}

bool covers(std::string_view pattern, std::string_view name) noexcept {
  return pattern.ends_with('*') ? name.starts_with(pattern.substr(0, pattern.size() - 1))
                                : name == pattern;
}

bool is_name_or_prefix(std::string_view x) noexcept {
  if (x.starts_with(queue_prefix))
    x.remove_prefix(queue_prefix.size());
  else
    x = without_scope(x);
  if (x.empty())
    return false;
  if (x.ends_with('*'))
    x.remove_suffix(1);
  return x.size() <= consumer_bytes && std::all_of(x.begin(), x.end(), [](char c) {
           return (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || c == '.' || c == '_'
                  || c == '-';
         });
}

} // namespace

std::optional<std::string> certificate_digest(std::string_view text) {
  constexpr size_t digits = 64;
  const auto in_pairs = text.size() == digits + digits / 2 - 1;
  if (!in_pairs && text.size() != digits)
    return std::nullopt;
  std::string out;
  for (size_t i = 0; i < text.size(); ++i) {
    const auto c = ascii_lower(text[i]);
    const bool separates = in_pairs && i % 3 == 2;
    if (separates ? c != ':' : lower_hex.find(c) == std::string_view::npos)
      return std::nullopt;
    if (!separates)
      out += c;
  }
  return out;
}

bool is_consumer_list(std::string_view x) noexcept {
  if (x.ends_with(','))
    return false;
  size_t count = 0;
  while (!x.empty()) {
    auto name = next_name(x);
    if (name.empty() || !is_name_or_prefix(name) || ++count > most_consumers)
      return false;
  }
  return true;
}

bool lists_consumer(std::string_view list, std::string_view name) noexcept {
  if (list.empty())
    return true;
  while (!list.empty())
    if (covers(without_scope(next_name(list)), name))
      return true;
  return false;
}

bool lists_company_consumer(std::string_view list, std::string_view name) noexcept {
  if (list.empty())
    return true;
  while (!list.empty()) {
    const auto x = next_name(list);
    if (x == "*" || x == name
        || (x.starts_with(companies_prefix) && covers(without_scope(x), name)))
      return true;
  }
  return false;
}

bool lists_queue(std::string_view list, std::string_view queue) noexcept {
  if (list.empty())
    return true;
  while (!list.empty()) {
    auto x = next_name(list);
    if (x == "*" || (x.starts_with(queue_prefix) && covers(x.substr(queue_prefix.size()), queue)))
      return true;
  }
  return false;
}

std::string_view name_of(role x) noexcept {
  return role_names.at(static_cast<size_t>(x));
}

std::optional<role> role_from(std::string_view name) noexcept {
  for (size_t i = 0; i < role_names.size(); ++i)
    if (role_names[i] == name)
      return static_cast<role>(i);
  return std::nullopt;
}

} // namespace carillon
