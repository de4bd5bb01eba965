#include "net/token/token_verifier.hpp"

#include "messages/strict_json.hpp"
#include "net/token/compact.hpp"
#include "net/token/key_set.hpp"

#include <algorithm>

namespace carillon {

namespace {

/// Bounds the work that a token without `kid` makes.
constexpr size_t max_tries = 8;
constexpr std::chrono::seconds max_leeway = std::chrono::hours{1};

/// What a token's header says about its signature.
struct token_header {
  token_algorithm algorithm = token_algorithm::hs256;
  std::optional<std::string> kid;
};

bool equals_ignoring_case(std::string_view x, std::string_view lower) {
  return std::equal(x.begin(), x.end(), lower.begin(), lower.end(), [](char a, char b) {
    return (a >= 'A' && a <= 'Z' ? static_cast<char>(a + ('a' - 'A')) : a) == b;
  });
}

/// RFC 7515 section 4. Keys that a header brings or points to (`jwk`, `jku`, `x5c`, `x5u`) are not
/// looked at: anybody can write them.
std::optional<token_header> parse_header(std::string_view json) {
  auto parsed = parse_strict_object(json, max_token_json_depth);
  // Whatever `crit` lists would have to be understood; nothing is.
  if (!parsed || find_member(*parsed, "crit") != nullptr)
    return std::nullopt;
  const auto& header = *parsed;
  auto algorithm = token_algorithm_of(find_text(header, "alg").value_or(""));
  if (!algorithm)
    return std::nullopt;
  if (find_member(header, "typ") != nullptr) {
    auto type = find_text(header, "typ").value_or("");
    if (!equals_ignoring_case(type, "jwt") && !equals_ignoring_case(type, "at+jwt"))
      return std::nullopt;
  }
  token_header out{*algorithm, std::nullopt};
  if (find_member(header, "kid") != nullptr) {
    auto kid = find_text(header, "kid");
    if (!kid)
      return std::nullopt;
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
  const auto refusal = [](const char* detail, const char* field) {
    return failure{ec::invalid_argument, detail, field};
  };
  if (options.secret.empty() && options.jwks_file.empty())
    return refusal("tokens need a secret, or a file with a set of keys", "jwt-secret");
  if (options.leeway < std::chrono::seconds{0} || options.leeway > max_leeway)
    return refusal("the leeway for tokens is 0 s to 3600 s", "jwt-leeway");
  std::optional<token_key> secret;
  if (!options.secret.empty()) {
    secret = token_key::from_secret(std::move(options.secret));
    if (!secret)
      return refusal("the secret is the text of a public or private key; it has to be random "
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
    return failure{ec::unauthenticated, "the token is not a JSON Web Token of at most 8 KiB", {}};
  // One answer to all of it: whether a key is known is nobody's business.
  if (!is_signed(parts->header, parts->signed_text, parts->signature))
    return failure{ec::unauthenticated, "the token is not signed by a key of this node", {}};
  return read_claims(parts->payload, rules_, now);
}

bool token_verifier::is_signed(std::string_view header, std::string_view text,
                               std::string_view signature) const {
  auto about = parse_header(header);
  if (!about)
    return false;
  size_t tries = 0;
  const auto verifies = [&](const token_key& key) {
    return key.algorithm() == about->algorithm && tries++ < max_tries
           && key.verifies(text, signature);
  };
  const auto keys = keys_now();
  if (secret_ && (!about->kid || !keys) && verifies(*secret_))
    return true;
  return keys && std::any_of(keys->begin(), keys->end(), [&](const token_key& key) {
           return (!about->kid || key.kid() == about->kid) && verifies(key);
         });
}

expected<void> token_verifier::reload() {
  if (jwks_file_.empty())
    return {};
  const std::scoped_lock one_at_a_time{reloading_};
  auto keys = read_key_set(jwks_file_);
  if (!keys)
    return keys.error();
  auto next = std::make_shared<const key_list>(std::move(*keys));
  const std::scoped_lock lock{guard_};
  keys_.swap(next);
  return {};
}

std::shared_ptr<const token_verifier::key_list> token_verifier::keys_now() const {
  const std::scoped_lock lock{guard_};
  return keys_;
}

} // namespace carillon
