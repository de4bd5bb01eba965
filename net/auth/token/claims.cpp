#include "net/auth/token/claims.hpp"

#include "base/json/strict_json.hpp"
#include "base/text/utf8.hpp"
#include "messages/events/event.hpp"
#include "net/auth/token/compact.hpp"

#include <algorithm>
#include <cmath>

namespace carillon {

namespace {

/// The end of the year 9999, the last time that can be formatted.
constexpr double last_second = 253'402'300'799.0;
constexpr double micros_per_second = 1e6;

constexpr size_t max_company_bytes = 128;

failure refusal(std::string detail) {
  return {ec::unauthenticated, std::move(detail), {}};
}

/// An optional NumericDate: seconds since the epoch, with an optional fraction.
expected<void> read_date(const rapidjson::Value& claims, const char* name,
                         std::optional<timestamp>& out) {
  const auto* x = find_member(claims, name);
  if (x == nullptr)
    return {};
  const auto seconds = x->IsNumber() ? x->GetDouble() : -1.0;
  if (!std::isfinite(seconds) || seconds < 0.0 || seconds > last_second)
    return refusal("the token's claim " + std::string{name}
                   + " is not a number of seconds since 1970");
  out = from_micros(std::llround(seconds * micros_per_second));
  return {};
}

expected<void> read_times(const rapidjson::Value& claims, claim_times& out) {
  for (auto [name, to] :
       {std::pair{"exp", &out.exp}, std::pair{"nbf", &out.nbf}, std::pair{"iat", &out.iat}})
    if (auto read = read_date(claims, name, *to); !read)
      return read;
  return {};
}

/// Checks that `iss` and `aud`, if present, have the types of RFC 7519.
expected<void> check_parties(const rapidjson::Value& claims) {
  if (const auto* iss = find_member(claims, "iss"); iss != nullptr && !iss->IsString())
    return refusal("the token's claim iss is not a text");
  const auto* aud = find_member(claims, "aud");
  if (aud == nullptr || aud->IsString()
      || (aud->IsArray()
          && std::all_of(aud->Begin(), aud->End(), [](const auto& x) { return x.IsString(); })))
    return {};
  return refusal("the token's claim aud is neither a text nor a list of texts");
}

/// True if well-formed claims are for this audience.
bool is_for(const rapidjson::Value& claims, std::string_view audience) {
  const auto* aud = find_member(claims, "aud");
  if (aud == nullptr)
    return false;
  if (aud->IsString())
    return view_of(*aud) == audience;
  return std::any_of(aud->Begin(), aud->End(),
                     [&](const auto& x) { return view_of(x) == audience; });
}

} // namespace

expected<void> read_claim(const rapidjson::Value& claims, const char* name, size_t max_bytes,
                          std::string& out) {
  const auto* x = find_member(claims, name);
  if (x == nullptr)
    return {};
  // An escape can write half of a surrogate pair, which is not valid UTF-8.
  if (!x->IsString() || !is_identifier(view_of(*x), max_bytes) || !is_utf8(view_of(*x)))
    return refusal("the token's claim " + std::string{name} + " is not a text of 1 to "
                   + std::to_string(max_bytes) + " bytes without control characters");
  out = view_of(*x);
  return {};
}

expected<claim_times> check_claims(const rapidjson::Value& claims, const claim_rules& rules,
                                   timestamp now) {
  claim_times when;
  if (auto read = read_times(claims, when); !read)
    return read.error();
  if (auto fits = check_parties(claims); !fits)
    return fits.error();
  if (when.exp && now >= *when.exp + rules.leeway)
    return refusal("the token has expired");
  if (when.nbf && now + rules.leeway < *when.nbf)
    return refusal("the token is not valid yet");
  if (!rules.issuer.empty() && find_text(claims, "iss") != rules.issuer)
    return refusal("the token is from another issuer");
  if (!rules.audience.empty() && !is_for(claims, rules.audience))
    return refusal("the token is for another audience");
  return when;
}

expected<session_identity> read_claims(std::string_view json, const claim_rules& rules,
                                       timestamp now) {
  auto parsed = parse_strict_object(json, max_token_json_depth);
  if (!parsed)
    return refusal("the token's claims are not one JSON object without duplicate names");
  const auto& claims = *parsed;
  session_identity out;
  for (auto& read : {read_claim(claims, "sub", max_subject_bytes, out.who.user_id),
                     read_claim(claims, "company", max_company_bytes, out.who.company_id)})
    if (!read)
      return read.error();
  auto when = check_claims(claims, rules, now);
  if (!when)
    return when.error();
  if (out.who.user_id.empty() && out.who.company_id.empty())
    return refusal("the token names neither a user nor a company");
  // A session that began within the leeway must not end at once.
  if (when->exp)
    out.expires_at = *when->exp > now ? *when->exp : *when->exp + rules.leeway;
  return out;
}

} // namespace carillon
