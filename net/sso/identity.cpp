#include "net/sso/identity.hpp"

#include "base/crypto/sha256.hpp"
#include "base/json/strict_json.hpp"
#include "base/text/plain_text.hpp"
#include "base/text/utf8.hpp"
#include "messages/events/event.hpp"
#include "net/auth/token/compact.hpp"
#include "net/auth/token/token_header.hpp"

namespace carillon::sso {

namespace {

constexpr size_t max_name_bytes = 128;

failure bad_token(const char* detail) {
  return {ec::unauthenticated, detail, {}};
}

/// A name for people: that which they are known by, if the provider says one.
std::string name_in(const rapidjson::Value& claims, const std::string& otherwise) {
  for (const char* name : {"preferred_username", "email", "name"})
    if (auto text = find_text(claims, name);
        text && is_identifier(*text, max_name_bytes) && is_utf8(*text))
      return std::string{*text};
  return one_line(otherwise, max_name_bytes);
}

/// A number for what keys have a number for, which no key has.
expected<uint64_t> number_of(const std::string& issuer, const std::string& subject) {
  const auto digest = try_sha256({issuer, "\n", subject});
  if (!digest)
    return failure{ec::internal, "OpenSSL failed at SHA-256", {}};
  uint64_t out = 1;
  for (size_t i = 0; i < 7; ++i)
    out = out << 8U | digest->at(i);
  return out | uint64_t{1} << 63U;
}

} // namespace

expected<verified_token> verify_token(std::string_view token, const std::vector<token_key>& keys,
                                      const claim_rules& rules, timestamp now, bool& unknown_key) {
  unknown_key = false;
  const auto parts = parse_compact(token);
  if (!parts)
    return bad_token("the token is not a JSON Web Token of at most 8 KiB");
  const auto about = parse_token_header(parts->header);
  if (!about)
    return about.error();
  size_t tried = 0;
  bool known = false;
  if (signer_among(keys, *about, *parts, tried, known) == nullptr) {
    unknown_key = !known;
    return known ? bad_token("the token is not signed by a key of the provider")
                 : bad_token("no key of the provider has the token's kid");
  }
  auto claims = parse_strict_object(parts->payload, max_token_json_depth);
  if (!claims)
    return bad_token("the token's claims are not one JSON object without duplicate names");
  const auto times = check_claims(*claims, rules, now);
  if (!times)
    return times.error();
  if (!times->exp)
    return bad_token("the token has no end: exp is missing");
  return verified_token{std::move(*claims), *times->exp};
}

expected<principal> identity_of(const rapidjson::Value& claims, const rapidjson::Value& roles,
                                const identity_rules& rules) {
  principal out;
  if (auto read = read_claim(claims, "sub", max_subject_bytes, out.subject); !read)
    return read.error();
  if (out.subject.empty())
    return bad_token("the token names nobody: sub is missing");
  const auto* granted = role_of(rules.roles, claim_at(roles, rules.roles_claim));
  if (granted == nullptr)
    return failure{ec::forbidden,
                   "the identity provider gives no role here: no value of the claim for roles is "
                   "on --oidc-roles",
                   {}};
  const auto number = number_of(rules.issuer, out.subject);
  if (!number)
    return number.error();
  out.key_id = *number;
  out.role = granted->role;
  out.company_id = granted->company_id;
  out.key_name = name_in(roles, out.subject);
  return out;
}

} // namespace carillon::sso
