#include "net/sso/single_sign_on.hpp"

#include "base/crypto/sha256.hpp"
#include "base/json/strict_json.hpp"
#include "base/text/base64.hpp"
#include "base/text/printable.hpp"
#include "base/text/uri.hpp"
#include "net/sso/check_options.hpp"
#include "net/sso/tokens.hpp"

#include <algorithm>

namespace carillon {

namespace {

constexpr size_t max_answer_depth = 8;
constexpr size_t max_code_bytes = 4'000;
/// Longer access tokens are not sent on.
constexpr size_t max_access_token_bytes = size_t{16} * 1024;

failure refuse_sign_in(std::string detail) {
  return {ec::unauthenticated, std::move(detail), {}};
}

void add_pair(std::string& out, std::string_view name, std::string_view value) {
  if (!out.empty())
    out += '&';
  out += name;
  out += '=';
  out += as_path_segment(value);
}

/// RFC 6750 section 2.1: what may stand in `Authorization`.
bool is_bearer(std::string_view x) noexcept {
  return !x.empty() && x.size() <= max_access_token_bytes
         && std::all_of(x.begin(), x.end(), [](char c) {
              return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9')
                     || std::string_view{"-._~+/="}.find(c) != std::string_view::npos;
            });
}

/// OpenID Connect Core, section 3.1.3.7, points 3 to 5, beyond `aud`.
bool is_for_us(const rapidjson::Value& claims, const std::string& client) {
  const auto* party = find_member(claims, "azp");
  if (party != nullptr)
    return party->IsString() && view_of(*party) == client;
  const auto* audience = find_member(claims, "aud");
  return audience == nullptr || !audience->IsArray() || audience->Size() == 1;
}

} // namespace

single_sign_on::single_sign_on(sso_options options, sso::role_map roles,
                               std::unique_ptr<sso::flow_book> flows)
  : options_(std::move(options)), identities_{options_.issuer, options_.roles_claim,
                                              std::move(roles)},
    flows_(std::move(flows)) {
}

single_sign_on::~single_sign_on() = default;

expected<std::shared_ptr<single_sign_on>> single_sign_on::make(sso_options options,
                                                               sso::teller tell, sso::fetcher send,
                                                               sso::provider_pace pace) {
  if (auto fits = sso::check(options); !fits)
    return fits.error();
  auto roles = sso::parse_role_map(options.roles);
  if (!roles)
    return roles.error();
  auto flows = sso::flow_book::make();
  if (!flows)
    return flows.error();
  std::shared_ptr<single_sign_on> out{
    new single_sign_on{std::move(options), std::move(*roles), std::move(*flows)}};
  out->send_ = std::move(send);
  out->tell_ = std::move(tell);
  if (!out->send_) {
    sso::fetch_limits limits;
    limits.deadline = out->options_.timeout;
    limits.ca_file = out->options_.ca_file;
    out->send_ = [limits, ends = &out->ends_](const sso::fetch_request& x) {
      return sso::fetch(x, limits, *ends);
    };
  }
  out->provider_ = std::make_unique<sso::provider>(out->options_.issuer, out->send_, out->ends_,
                                                   pace, out->tell_);
  return out;
}

std::shared_ptr<const sso::provider_facts> single_sign_on::facts_by(clock::time_point deadline) {
  auto out = provider_->facts();
  if (out == nullptr && provider_->renew(deadline))
    out = provider_->facts();
  return out;
}

failure single_sign_on::away() const {
  return {ec::overloaded,
          "the identity provider does not answer as it should; sign in with an API "
          "key, or try again",
          {}};
}

failure single_sign_on::away_because(const std::string& what, const std::string& why) const {
  if (tell_)
    tell_("single sign-on: " + what + ": " + printable(why));
  return away();
}

expected<single_sign_on::departure> single_sign_on::begin(const std::string& redirect,
                                                          clock::time_point deadline) {
  const auto facts = facts_by(deadline);
  if (facts == nullptr)
    return away();
  auto begun = flows_->begin(wall_clock_now());
  if (!begun)
    return begun.error();
  const auto challenge = try_sha256({begun->steps.verifier});
  if (!challenge)
    return failure{ec::internal, "OpenSSL failed at SHA-256", {}};
  std::string query;
  add_pair(query, "response_type", "code");
  add_pair(query, "client_id", options_.client_id);
  add_pair(query, "redirect_uri", redirect);
  add_pair(query, "scope", options_.scopes);
  add_pair(query, "state", begun->steps.state);
  add_pair(query, "nonce", begun->steps.nonce);
  add_pair(query, "code_challenge", sso::to_base64url(view_of(*challenge)));
  add_pair(query, "code_challenge_method", "S256");
  const auto& to = facts->authorization_endpoint;
  const auto has_query = to.find('?') != std::string::npos;
  return departure{to + (has_query ? '&' : '?') + query, std::move(begun->cookie)};
}

expected<single_sign_on::signed_in> single_sign_on::finish(const arrival& x,
                                                           clock::time_point deadline) {
  auto steps = flows_->end(x.cookie, x.state, wall_clock_now());
  if (!steps)
    return steps.error();
  const auto facts = facts_by(deadline);
  if (facts == nullptr)
    return away();
  if (x.issuer.empty() ? facts->names_itself : x.issuer != options_.issuer)
    return refuse_sign_in("the answer is from another identity provider");
  if (x.code.empty() || x.code.size() > max_code_bytes)
    return refuse_sign_in("the identity provider did not sign you in");
  const auto tokens = tokens_for(x, *facts, steps->verifier);
  if (!tokens)
    return tokens.error();
  const auto parsed = parse_strict_object(*tokens, max_answer_depth);
  const auto id_token = parsed ? find_text(*parsed, "id_token") : std::nullopt;
  if (!id_token)
    return refuse_sign_in("the identity provider sent no ID token");
  const auto verified = verify_id_token(*id_token, steps->nonce, deadline);
  if (!verified)
    return verified.error();
  auto who = person_of(verified->claims, find_text(*parsed, "access_token").value_or(""), *facts);
  if (!who)
    return who.error();
  const auto now = clock::now();
  auto session = sessions_.begin(*who, now, now + options_.session);
  if (!session)
    return session.error();
  return signed_in{std::move(*session), std::move(*who)};
}

/// The answer of the token endpoint (RFC 6749 section 4.1.3).
expected<std::string> single_sign_on::tokens_for(const arrival& x, const sso::provider_facts& facts,
                                                 const std::string& verifier) const {
  sso::fetch_request request{.url = facts.token_endpoint};
  add_pair(request.form, "grant_type", "authorization_code");
  add_pair(request.form, "code", x.code);
  add_pair(request.form, "redirect_uri", x.redirect);
  add_pair(request.form, "code_verifier", verifier);
  if (options_.client_secret.empty() || facts.secret_in_form)
    add_pair(request.form, "client_id", options_.client_id);
  if (!options_.client_secret.empty() && facts.secret_in_form)
    add_pair(request.form, "client_secret", options_.client_secret);
  else if (!options_.client_secret.empty())
    request.authorization = "Basic "
                            + to_base64(as_path_segment(options_.client_id) + ':'
                                        + as_path_segment(options_.client_secret));
  auto got = send_(request);
  if (!got)
    return away_because(facts.token_endpoint, got.error().detail);
  if (got->status != 200) {
    if (got->status >= 500 || got->status == 429)
      return away_because(facts.token_endpoint, "answered " + std::to_string(got->status));
    // A secret that is wrong, too (RFC 6749 section 5.2).
    if (tell_ && got->status == 401)
      tell_("single sign-on: " + facts.token_endpoint + " does not accept this client");
    return refuse_sign_in("the identity provider does not accept the sign-in; sign in again");
  }
  return std::move(got->body);
}

expected<sso::verified_token> single_sign_on::verify_id_token(std::string_view token,
                                                              const std::string& nonce,
                                                              clock::time_point deadline) {
  const claim_rules rules{options_.issuer, options_.client_id, options_.leeway};
  const auto now = wall_clock_now();
  bool unknown = false;
  auto facts = provider_->facts();
  if (facts == nullptr)
    return away();
  auto out = sso::verify_token(token, facts->keys, rules, now, unknown);
  // A provider that has a new key signs with it at once.
  if (!out && unknown && provider_->renew(deadline)) {
    facts = provider_->facts();
    if (facts == nullptr)
      return away();
    out = sso::verify_token(token, facts->keys, rules, now, unknown);
  }
  if (!out)
    return out;
  if (!is_for_us(out->claims, options_.client_id))
    return refuse_sign_in("the token is for another client");
  const auto given = find_text(out->claims, "nonce");
  if (!given || !sso::equal_in_constant_time(*given, nonce))
    return refuse_sign_in("the token is of another sign-in: its nonce differs");
  return out;
}

/// The person, with the claims of the userinfo endpoint, if the ID token does not say the roles.
expected<principal> single_sign_on::person_of(const rapidjson::Value& claims,
                                              std::string_view access_token,
                                              const sso::provider_facts& facts) const {
  const auto said = sso::claim_at(claims, options_.roles_claim) != nullptr;
  if (said || facts.userinfo_endpoint.empty() || !is_bearer(access_token))
    return sso::identity_of(claims, claims, identities_);
  auto got = send_(
    {.url = facts.userinfo_endpoint, .authorization = "Bearer " + std::string{access_token}});
  if (!got)
    return away_because(facts.userinfo_endpoint, got.error().detail);
  const auto more = got->status == 200 ? parse_strict_object(got->body, max_answer_depth)
                                       : expected<rapidjson::Document>{failure{}};
  // OpenID Connect Core, section 5.3.2: it may be of somebody else.
  if (!more || !find_text(*more, "sub") || find_text(*more, "sub") != find_text(claims, "sub"))
    return sso::identity_of(claims, claims, identities_);
  return sso::identity_of(claims, *more, identities_);
}

std::string single_sign_on::sign_out_address() const {
  const auto facts = provider_->facts();
  if (facts == nullptr || facts->end_session_endpoint.empty())
    return {};
  std::string query;
  add_pair(query, "client_id", options_.client_id);
  const auto& to = facts->end_session_endpoint;
  return to + (to.find('?') == std::string::npos ? '?' : '&') + query;
}

expected<principal> single_sign_on::judge(std::string_view token, timestamp now) const {
  if (options_.audience.empty())
    return refuse_sign_in("the Authorization header is not 'Bearer ck_…': access tokens open "
                          "nothing here without --oidc-audience");
  const auto facts = provider_->facts();
  if (facts == nullptr)
    return failure{ec::overloaded, "the keys of the identity provider are not known yet", {}};
  bool unknown = false;
  auto verified = sso::verify_token(
    token, facts->keys, {options_.issuer, options_.audience, options_.leeway}, now, unknown);
  if (!verified && unknown && provider_->ask())
    return failure{ec::overloaded, "the keys of the identity provider are being read again", {}};
  if (!verified)
    return verified.error();
  return sso::identity_of(verified->claims, verified->claims, identities_);
}

} // namespace carillon
