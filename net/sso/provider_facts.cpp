#include "net/sso/provider_facts.hpp"

#include "base/json/strict_json.hpp"
#include "net/auth/token/key_set.hpp"
#include "net/sso/fetch.hpp"

#include <algorithm>

namespace carillon::sso {

namespace {

constexpr size_t max_depth = 8;
constexpr size_t max_url_bytes = 2'000;

failure bad_description(std::string detail) {
  return {ec::invalid_argument, std::move(detail), "oidc-issuer"};
}

/// The address in a member; empty if there is none that may be called.
std::string address_in(const rapidjson::Value& x, const char* name, bool may_be_plain) {
  std::string url{find_text(x, name).value_or("")};
  return url.size() <= max_url_bytes && is_provider_url(url, may_be_plain) ? url : std::string{};
}

bool lists(const rapidjson::Value& x, const char* name, std::string_view value) {
  const auto* list = find_member(x, name);
  return list != nullptr && list->IsArray()
         && std::any_of(list->Begin(), list->End(),
                        [&](const auto& y) { return y.IsString() && view_of(y) == value; });
}

} // namespace

std::string discovery_url(const std::string& issuer) {
  return issuer + (issuer.ends_with('/') ? "" : "/") + ".well-known/openid-configuration";
}

expected<provider_facts> parse_description(std::string_view json, const std::string& issuer) {
  const auto parsed = parse_strict_object(json, max_depth);
  if (!parsed)
    return bad_description("the description is not one JSON object without duplicate names");
  const auto& x = *parsed;
  if (find_text(x, "issuer") != issuer)
    return bad_description("the description is of another issuer than --oidc-issuer names");
  const auto plain = issuer.starts_with("http://");
  provider_facts out;
  for (auto [name, to] :
       {std::pair{"authorization_endpoint", &out.authorization_endpoint},
        std::pair{"token_endpoint", &out.token_endpoint}, std::pair{"jwks_uri", &out.jwks_uri}}) {
    *to = address_in(x, name, plain);
    if (to->empty())
      return bad_description("the description has no " + std::string{name}
                             + " that is an https URL");
  }
  out.userinfo_endpoint = address_in(x, "userinfo_endpoint", plain);
  out.end_session_endpoint = address_in(x, "end_session_endpoint", plain);
  // Without the list, Basic is what it takes (section 3).
  constexpr const char* methods = "token_endpoint_auth_methods_supported";
  out.secret_in_form
    = !lists(x, methods, "client_secret_basic") && lists(x, methods, "client_secret_post");
  const auto* names = find_member(x, "authorization_response_iss_parameter_supported");
  out.names_itself = names != nullptr && names->IsTrue();
  return out;
}

expected<std::vector<token_key>> parse_provider_keys(std::string_view json) {
  auto keys = parse_key_set(json);
  if (!keys)
    return failure{keys.error().code, keys.error().detail, "oidc-issuer"};
  std::erase_if(*keys, [](const auto& x) { return x.algorithm() == token_algorithm::hs256; });
  if (keys->empty())
    return bad_description("the provider has no key for RS256, ES256 or EdDSA");
  return keys;
}

} // namespace carillon::sso
