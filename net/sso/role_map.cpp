#include "net/sso/role_map.hpp"

#include "base/json/strict_json.hpp"
#include "messages/events/event.hpp"

#include <rapidjson/pointer.h>

#include <algorithm>

namespace carillon::sso {

namespace {

constexpr size_t max_value_bytes = 256;
constexpr std::string_view everybody = "*";

expected<granted_role> parse_granted(std::string_view line) {
  const auto wrong = [&](const char* why) {
    return failure{ec::invalid_argument, "'" + std::string{line.substr(0, 128)} + "': " + why,
                   "oidc-roles"};
  };
  const auto equals = line.rfind('=');
  if (equals == std::string_view::npos || equals == 0 || equals > max_value_bytes)
    return wrong("give VALUE=ROLE or VALUE=ROLE@COMPANY, with a value of 1 to 256 bytes");
  granted_role out;
  out.value = line.substr(0, equals);
  auto rest = line.substr(equals + 1);
  const auto at = rest.find('@');
  if (at != std::string_view::npos) {
    out.company_id = rest.substr(at + 1);
    if (!is_identifier(out.company_id))
      return wrong("the company is 1 to 128 bytes without control characters");
    rest = rest.substr(0, at);
  }
  const auto role = role_from(rest);
  if (!role)
    return wrong("the role is publisher, reader, worker or admin");
  out.role = *role;
  return out;
}

bool holds(const rapidjson::Value& claim, std::string_view value) {
  if (claim.IsString())
    return view_of(claim) == value;
  return claim.IsArray() && std::any_of(claim.Begin(), claim.End(), [&](const auto& x) {
           return x.IsString() && view_of(x) == value;
         });
}

} // namespace

expected<role_map> parse_role_map(const std::vector<std::string>& lines) {
  if (lines.size() > max_granted_roles)
    return failure{ec::invalid_argument,
                   "at most " + std::to_string(max_granted_roles) + " values give a role",
                   "oidc-roles"};
  role_map out;
  for (const auto& line : lines) {
    auto granted = parse_granted(line);
    if (!granted)
      return granted.error();
    out.push_back(std::move(*granted));
  }
  return out;
}

bool is_claim_path(const std::string& path) {
  if (path.empty() || path.size() > max_value_bytes)
    return false;
  return path.front() != '/' || rapidjson::Pointer{path.c_str(), path.size()}.IsValid();
}

const rapidjson::Value* claim_at(const rapidjson::Value& claims, const std::string& path) {
  if (path.empty() || path.front() != '/')
    return find_member(claims, path.c_str());
  return rapidjson::Pointer{path.c_str(), path.size()}.Get(claims);
}

const granted_role* role_of(const role_map& map, const rapidjson::Value* claim) {
  for (const auto& x : map)
    if (x.value == everybody || (claim != nullptr && holds(*claim, x.value)))
      return &x;
  return nullptr;
}

} // namespace carillon::sso
