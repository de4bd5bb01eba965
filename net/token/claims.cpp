#include "net/token/claims.hpp"

#include "messages/event.hpp"
#include "messages/strict_json.hpp"
#include "messages/utf8.hpp"
#include "net/token/compact.hpp"

#include <algorithm>
#include <cmath>

namespace carillon {

namespace {

/// The end of the year 9999, past which no time can be written.
constexpr double last_second = 253'402'300'799.0;
constexpr double micros_per_second = 1e6;

failure refusal(const char* detail) {
  return {ec::unauthenticated, detail, {}};
}

/// What is wrong with the claims' form, whatever they say.
failure malformed() {
  return refusal("the token's claims are not valid");
}

/// An optional claim that names a user or a company; false if it can't be a name.
bool read_name(const rapidjson::Value& claims, const char* name, std::string& out) {
  const auto* x = find_member(claims, name);
  if (x == nullptr)
    return true;
  // An escape can write half of a surrogate pair, which is no UTF-8 any more.
  if (!x->IsString() || !is_identifier(view_of(*x)) || !is_utf8(view_of(*x)))
    return false;
  out = view_of(*x);
  return true;
}

/// An optional NumericDate: seconds since the epoch, with a fraction perhaps.
bool read_date(const rapidjson::Value& claims, const char* name, std::optional<timestamp>& out) {
  const auto* x = find_member(claims, name);
  if (x == nullptr)
    return true;
  if (!x->IsNumber())
    return false;
  const auto seconds = x->GetDouble();
  if (!std::isfinite(seconds) || seconds < 0.0 || seconds > last_second)
    return false;
  out = from_micros(std::llround(seconds * micros_per_second));
  return true;
}

struct times {
  std::optional<timestamp> exp;
  std::optional<timestamp> nbf;
  std::optional<timestamp> iat;
};

bool read_times(const rapidjson::Value& claims, times& out) {
  return read_date(claims, "exp", out.exp) && read_date(claims, "nbf", out.nbf)
         && read_date(claims, "iat", out.iat);
}

/// `iss` and `aud` have the types that RFC 7519 gives them, if they are there.
bool are_parties_well_formed(const rapidjson::Value& claims) {
  if (const auto* iss = find_member(claims, "iss"); iss != nullptr && !iss->IsString())
    return false;
  const auto* aud = find_member(claims, "aud");
  if (aud == nullptr || aud->IsString())
    return true;
  return aud->IsArray()
         && std::all_of(aud->Begin(), aud->End(), [](const auto& x) { return x.IsString(); });
}

/// Well-formed claims are for this audience.
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

expected<session_identity> read_claims(std::string_view json, const claim_rules& rules,
                                       timestamp now) {
  auto parsed = parse_strict_object(json, max_token_json_depth);
  if (!parsed)
    return malformed();
  const auto& claims = *parsed;
  session_identity out;
  times when;
  if (!read_name(claims, "sub", out.who.user_id)
      || !read_name(claims, "company", out.who.company_id) || !read_times(claims, when)
      || !are_parties_well_formed(claims))
    return malformed();
  if (when.exp && now >= *when.exp + rules.leeway)
    return refusal("the token has expired");
  if (when.nbf && now + rules.leeway < *when.nbf)
    return refusal("the token is not valid yet");
  if (!rules.issuer.empty() && find_text(claims, "iss") != rules.issuer)
    return refusal("the token is from another issuer");
  if (!rules.audience.empty() && !is_for(claims, rules.audience))
    return refusal("the token is for another audience");
  if (out.who.user_id.empty() && out.who.company_id.empty())
    return refusal("the token names neither a user nor a company");
  // What was let in within the leeway is not thrown out at once.
  if (when.exp)
    out.expires_at = *when.exp > now ? *when.exp : *when.exp + rules.leeway;
  return out;
}

} // namespace carillon
