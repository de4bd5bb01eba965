#include "node/options/option_table_sso.hpp"

#include "net/sso/check_options.hpp"
#include "node/options/list_kinds.hpp"
#include "node/options/number_kinds.hpp"
#include "node/options/option_kinds.hpp"
#include "node/options/option_member.hpp"

#include <chrono>

namespace carillon {

std::vector<option_spec> sso_table() {
  const char* group = "Single sign-on";
  return {
    a_text(
      "oidc-issuer", group, "URL",
      "OpenID provider at which operators sign in, as its `iss` says it; empty = API keys only",
      MEMBER(node.sso.issuer)),
    a_text("oidc-client-id", group, "TEXT", "As what the provider knows the operations page",
           MEMBER(node.sso.client_id)),
    a_secret("oidc-client-secret", group, "TEXT",
             "Secret of that client, if it has one; better in the environment than in a flag",
             MEMBER(node.sso.client_secret)),
    a_text("oidc-client-secret-file", group, "FILE", "Holds the secret instead",
           MEMBER(node.sso.client_secret_file)),
    a_text("oidc-page-url", group, "URL",
           "Where browsers find the operations page, https://HOST; empty = on loopback, as they "
           "name it",
           MEMBER(node.sso.page_url)),
    some_texts(
      "oidc-roles", group, "VALUE=ROLE[@COMPANY]",
      "Roles by values of the claim, the first that fits counts; * as the value = everybody",
      MEMBER(node.sso.roles)),
    a_text("oidc-roles-claim", group, "TEXT",
           "The claim: a name, or a JSON pointer such as /realm_access/roles",
           MEMBER(node.sso.roles_claim)),
    a_text("oidc-scopes", group, "TEXT", "What the page asks for, with blanks between",
           MEMBER(node.sso.scopes)),
    a_text("oidc-audience", group, "TEXT",
           "Access tokens for this `aud` are valid instead of API keys; empty = none are",
           MEMBER(node.sso.audience)),
    a_duration("oidc-session", group, "From a sign-in to the next one", MEMBER(node.sso.session),
               std::chrono::minutes{1}, std::chrono::hours{24 * 7}),
    a_duration("oidc-leeway", group, "By how much the provider's clock may be wrong",
               MEMBER(node.sso.leeway), std::chrono::milliseconds{0}, std::chrono::minutes{10}),
    a_duration("oidc-timeout", group, "One request to the provider", MEMBER(node.sso.timeout),
               std::chrono::milliseconds{10}, std::chrono::minutes{1}),
    a_text("oidc-ca-file", group, "FILE",
           "Authorities of the provider's certificate, in PEM; empty = those of the system",
           MEMBER(node.sso.ca_file)),
  };
}

expected<void> check_sso(const node_options& x) {
  if (x.sso.issuer.empty())
    return {};
  auto fits = sso::check(x.sso);
  if (!fits)
    return failure{fits.error().code, "--" + fits.error().field + ": " + fits.error().detail,
                   fits.error().field};
  return {};
}

} // namespace carillon
