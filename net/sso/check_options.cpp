#include "net/sso/check_options.hpp"

#include "net/http/target.hpp"
#include "net/sso/fetch.hpp"
#include "net/sso/role_map.hpp"

#include <algorithm>

namespace carillon::sso {

namespace {

failure bad_option(std::string detail, const char* option) {
  return {ec::invalid_argument, std::move(detail), option};
}

bool has_word(const std::string& list, std::string_view word) {
  return (' ' + list + ' ').find(' ' + std::string{word} + ' ') != std::string::npos;
}

/// `https://host[:port]`, or `http` on loopback.
bool is_page_url(const std::string& url) {
  const auto parts = data::parts_of(url);
  return parts && parts->absolute && is_provider_url(url, true) && parts->query.empty()
         && url.ends_with(parts->authority);
}

} // namespace

expected<void> check(const sso_options& x) {
  if (!is_provider_url(x.issuer, true) || x.issuer.find('?') != std::string::npos)
    return bad_option("the issuer is an https URL without a query, or an http URL of loopback",
                      "oidc-issuer");
  if (x.client_id.empty())
    return bad_option("give the client's id, as the provider has registered it", "oidc-client-id");
  if (!x.client_secret.empty() && !x.client_secret_file.empty())
    return bad_option("give the client's secret, or the file with it", "oidc-client-secret");
  if (x.roles.empty())
    return bad_option("without --oidc-roles nobody who signs in may do anything; give "
                      "VALUE=ROLE, or *=reader for everybody",
                      "oidc-roles");
  if (auto map = parse_role_map(x.roles); !map)
    return map.error();
  if (!is_claim_path(x.roles_claim))
    return bad_option("give the name of a claim, or a JSON pointer such as /realm_access/roles",
                      "oidc-roles-claim");
  if (!has_word(x.scopes, "openid"))
    return bad_option("the scopes have to hold openid", "oidc-scopes");
  // Else the ID token of a page, which is proof of nothing to others, would open the API.
  if (!x.audience.empty() && x.audience == x.client_id)
    return bad_option("access tokens need an audience of their own, which is not the client's id",
                      "oidc-audience");
  if (!x.page_url.empty() && !is_page_url(x.page_url))
    return bad_option("the page's address is https://HOST[:PORT] without a path, or http://… on "
                      "loopback",
                      "oidc-page-url");
  return {};
}

} // namespace carillon::sso
