#include "net/auth/token/token_verifier.hpp"

#include "base/json/strict_json.hpp"
#include "base/text/ascii.hpp"
#include "net/auth/token/compact.hpp"
#include "net/auth/token/key_set.hpp"

#include <algorithm>

namespace carillon {

namespace {

/// Bounds the work for a token without `kid`.
constexpr size_t max_tries = 8;
constexpr std::chrono::seconds max_leeway = std::chrono::hours{1};

/// The parts of a token's header that concern its signature.
struct token_header {
  token_algorithm algorithm = token_algorithm::hs256;
  std::optional<std::string> kid;
};

failure refuse_token(const char* detail) {
  return {ec::unauthenticated, detail, {}};
}

/// RFC 9068 section 4 and RFC 7519 section 5.1: `JWT` or `at+jwt`, whose `application/` may be left
/// out (RFC 7515 section 4.1.9); so that a token for another purpose is rejected.
bool is_token_type(std::string_view x) {
  constexpr std::string_view prefix = "application/";
  if (equals_ignoring_case(x.substr(0, prefix.size()), prefix))
    x.remove_prefix(prefix.size());
  return equals_ignoring_case(x, "jwt") || equals_ignoring_case(x, "at+jwt");
}

/// RFC 7515 section 4. Keys that a header contains or points to (`jwk`, `jku`, `x5c`, `x5u`) are
/// ignored: anybody can write them.
expected<token_header> parse_header(std::string_view json) {
  auto parsed = parse_strict_object(json, max_token_json_depth);
  if (!parsed)
    return refuse_token("the token's header is not one JSON object without duplicate names");
  const auto& header = *parsed;
  // All listed extensions would have to be supported; none is.
  if (find_member(header, "crit") != nullptr)
    return refuse_token(
      "the token's header has crit, and nothing that it could list is known here");
  auto algorithm = token_algorithm_of(find_text(header, "alg").value_or(""));
  if (!algorithm)
    return refuse_token("the token's algorithm is none of HS256, RS256, ES256");
  if (find_member(header, "typ") != nullptr
      && !is_token_type(find_text(header, "typ").value_or("")))
    return refuse_token("the token's type is neither JWT nor at+jwt");
  token_header out{*algorithm, std::nullopt};
  if (find_member(header, "kid") != nullptr) {
    auto kid = find_text(header, "kid");
    if (!kid)
      return refuse_token("the token's kid is not a text");
    out.kid = std::string{*kid};
  }
  return out;
}

} // namespace

token_verifier::token_verifier(token_options options)
  : jwks_file_(std::move(options.jwks_file)), rules_{std::move(options.issuer),
                                                     std::move(options.audience), options.leeway} {
}

expected<std::unique_ptr<token_verifier>> token_verifier::open(token_options options) {
  const auto unusable = [](const char* detail, const char* field) {
    return failure{ec::invalid_argument, detail, field};
  };
  if (options.secret.empty() && options.jwks_file.empty())
    return unusable("tokens need a secret, or a file with a set of keys", "jwt-secret");
  if (options.leeway < std::chrono::seconds{0} || options.leeway > max_leeway)
    return unusable("the leeway for tokens is 0 s to 3600 s", "jwt-leeway");
  std::optional<token_key> secret;
  if (!options.secret.empty()) {
    if (options.secret.size() < min_secret_bytes)
      return unusable("the secret has fewer than 32 bytes, and could be guessed from one token: "
                      "take 32 random ones, as `openssl rand -base64 32` prints them",
                      "jwt-secret");
    secret = token_key::from_secret(std::move(options.secret));
    if (!secret)
      return unusable("the secret is the text of a public or private key; it has to be random "
                      "bytes, and public keys belong into the set of keys",
                      "jwt-secret");
  }
  std::unique_ptr<token_verifier> out{new token_verifier{std::move(options)}};
  out->secret_ = std::move(secret);
  if (auto loaded = out->reload(); !loaded)
    return loaded.error();
  return out;
}

expected<session_identity> token_verifier::verify(std::string_view token, timestamp now) const {
  auto parts = parse_compact(token);
  if (!parts)
    return refuse_token("the token is not a JSON Web Token of at most 8 KiB");
  auto holds = signer_of(*parts);
  if (!holds)
    return holds.error();
  auto out = read_claims(parts->payload, rules_, now);
  if (out)
    out->key_holds = std::move(*holds);
  return out;
}

expected<std::shared_ptr<const std::atomic<bool>>>
token_verifier::signer_of(const compact_token& x) const {
  auto about = parse_header(x.header);
  if (!about)
    return about.error();
  size_t tries = 0;
  const auto verifies = [&](const token_key& key) {
    return key.algorithm() == about->algorithm && tries++ < max_tries
           && key.verifies(x.signed_text, x.signature);
  };
  const auto keys = keys_now();
  if (secret_ && (!about->kid || !keys) && verifies(*secret_))
    return secret_->holds();
  bool known = !about->kid || !keys;
  for (size_t i = 0; keys && i < keys->size(); ++i) {
    const auto& key = (*keys)[i];
    if (about->kid && key.kid() != about->kid)
      continue;
    known = true;
    if (verifies(key))
      return key.holds();
  }
  // A kid is public: an issuer publishes it.
  if (!known)
    return refuse_token("no key of this node has the token's kid");
  return refuse_token("the token is not signed by a key of this node");
}

expected<void> token_verifier::reload() {
  if (jwks_file_.empty())
    return {};
  const std::scoped_lock one_at_a_time{reloading_};
  auto keys = read_key_set(jwks_file_);
  if (!keys)
    return keys.error();
  auto former = keys_now();
  if (!former)
    former = std::make_shared<const key_list>();
  const auto find_in = [](const key_list& all, const token_key& x) {
    return std::find_if(all.begin(), all.end(), [&](const token_key& y) { return y.is_same(x); });
  };
  for (auto& x : *keys)
    if (auto same = find_in(*former, x); same != former->end())
      x.succeed(*same);
  const auto next = std::make_shared<const key_list>(std::move(*keys));
  {
    const std::scoped_lock lock{guard_};
    keys_ = next;
  }
  // Revoked after the swap, so that a session verified with a former key detects the revocation.
  for (const auto& x : *former)
    if (find_in(*next, x) == next->end())
      x.revoke();
  return {};
}

std::shared_ptr<const token_verifier::key_list> token_verifier::keys_now() const {
  const std::scoped_lock lock{guard_};
  return keys_;
}

} // namespace carillon
