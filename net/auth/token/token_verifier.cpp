#include "net/auth/token/token_verifier.hpp"

#include "net/auth/token/compact.hpp"
#include "net/auth/token/key_set.hpp"
#include "net/auth/token/token_header.hpp"

#include <algorithm>

namespace carillon {

namespace {

constexpr std::chrono::seconds max_leeway = std::chrono::hours{1};

failure refuse_token(const char* detail) {
  return {ec::unauthenticated, detail, {}};
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
  auto about = parse_token_header(x.header);
  if (!about)
    return about.error();
  size_t tried = 0;
  const auto keys = keys_now();
  if (secret_ && (!about->kid || !keys) && is_signer(*secret_, *about, x, tried))
    return secret_->holds();
  bool known = !keys;
  if (keys)
    if (const auto* key = signer_among(*keys, *about, x, tried, known))
      return key->holds();
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
