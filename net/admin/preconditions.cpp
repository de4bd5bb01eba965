#include "net/admin/preconditions.hpp"

#include <algorithm>

namespace carillon::admin {

namespace {

constexpr int not_modified = 304;
constexpr int precondition_failed = 412;

bool reads(const incoming& x) noexcept {
  return x.method == "GET" || x.method == "HEAD";
}

std::string_view tag_of(const answer& x) noexcept {
  for (const auto& [name, value] : x.fields)
    if (name == "ETag")
      return value;
  return {};
}

answer failed() {
  return problem({ec::conflict, "the condition does not hold: read it again", {}},
                 precondition_failed);
}

} // namespace

bool has_tag(std::string_view list, std::string_view tag, bool weak) noexcept {
  constexpr std::string_view blank = " \t,";
  while (!list.empty()) {
    list.remove_prefix(std::min(list.find_first_not_of(blank), list.size()));
    if (list.starts_with('*'))
      return !tag.empty();
    auto is_weak = list.starts_with("W/");
    list.remove_prefix(is_weak ? 2 : 0);
    // A tag may hold a comma, but no quote.
    auto end = list.starts_with('"') ? list.find('"', 1) : std::string_view::npos;
    if (end == std::string_view::npos)
      return false;
    if (list.substr(0, end + 1) == tag && (weak || !is_weak))
      return true;
    list.remove_prefix(end + 1);
  }
  return false;
}

std::optional<answer> check_change(const incoming& request) {
  if (reads(request))
    return std::nullopt;
  if (!request.if_match.empty() && request.if_match != "*")
    return failed();
  return std::nullopt;
}

answer as_asked(const incoming& request, answer x) {
  auto tag = tag_of(x);
  if (!reads(request) || x.status != 200)
    return x;
  if (!request.if_match.empty() && request.if_match != "*"
      && !has_tag(request.if_match, tag, false))
    return failed();
  if (tag.empty() || request.if_none_match.empty() || !has_tag(request.if_none_match, tag, true))
    return x;
  x.status = not_modified;
  x.body.clear();
  return x;
}

} // namespace carillon::admin
