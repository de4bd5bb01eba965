#include "net/data/notifications/notification_query.hpp"

#include "base/text/number.hpp"
#include "net/cursor.hpp"

#include <algorithm>
#include <string>
#include <utility>

namespace carillon::data {

namespace {

failure bad_parameter(std::string_view name, std::string detail) {
  return {ec::invalid_argument, std::move(detail), std::string{name.substr(0, 64)}};
}

bool names_caller(std::string_view name) noexcept {
  return name == "user" || name == "company";
}

failure unknown_parameter(std::string_view name) {
  if (name == "userId" || name == "companyId")
    return bad_parameter(name, "a token tells who it is");
  return bad_parameter(name, "there is no such parameter");
}

expected<void> check_known(const sessions::parameters& all) {
  for (auto i = all.begin(); i != all.end(); ++i) {
    const auto& [name, value] = *i;
    if (names_caller(name))
      continue;
    if (name != "unread" && name != "limit" && name != "cursor")
      return unknown_parameter(name);
    if (std::any_of(all.begin(), i, [&](const auto& x) { return x.first == i->first; }))
      return bad_parameter(name, "the parameter is given twice");
  }
  return {};
}

expected<bool> flag_from(std::string_view text) {
  if (text == "true" || text == "1")
    return true;
  if (text == "false" || text == "0")
    return false;
  return bad_parameter("unread", "the value is true or false");
}

expected<size_t> limit_from(std::string_view text) {
  auto out = number_from(text);
  if (!out || *out == 0 || *out > notification_query::most_items)
    return bad_parameter("limit", "the limit is a number from 1 to "
                                    + std::to_string(notification_query::most_items));
  return *out;
}

uint64_t list_of(const viewer& who, bool unread) {
  list_hash out;
  out.add("own notifications");
  out.add(who.user_id);
  out.add(who.company_id);
  out.add(unread ? "unread" : "all");
  return out.value();
}

/// Null without it.
const std::string* value_of(const sessions::parameters& all, std::string_view name) noexcept {
  auto found = std::find_if(all.begin(), all.end(), [&](const auto& x) { return x.first == name; });
  return found == all.end() ? nullptr : &found->second;
}

} // namespace

expected<notification_query> notification_query_of(const sessions::parameters& all,
                                                   const viewer& who) {
  if (auto known = check_known(all); !known)
    return known.error();
  notification_query out;
  if (const auto* text = value_of(all, "unread")) {
    auto unread = flag_from(*text);
    if (!unread)
      return unread.error();
    out.unread = *unread;
  }
  if (const auto* text = value_of(all, "limit")) {
    auto limit = limit_from(*text);
    if (!limit)
      return limit.error();
    out.limit = *limit;
  }
  out.list = list_of(who, out.unread);
  if (const auto* text = value_of(all, "cursor")) {
    auto beyond = read_cursor(*text, out.list);
    if (!beyond)
      return beyond.error();
    out.beyond = *beyond;
  }
  return out;
}

expected<void> check_no_parameters(const sessions::parameters& all) {
  for (const auto& [name, value] : all)
    if (!names_caller(name))
      return unknown_parameter(name);
  return {};
}

} // namespace carillon::data
