#include "messages/webhooks/signature.hpp"

#include "base/crypto/ed25519.hpp"
#include "base/crypto/sha256.hpp"
#include "base/text/base64.hpp"
#include "base/text/utf8.hpp"

#include <openssl/crypto.h>

#include <charconv>
#include <optional>
#include <vector>

namespace carillon {

namespace {

constexpr std::string_view hmac_version = "v1";
constexpr std::string_view ed25519_version = "v1a";

/// A header with more signatures is rejected: each costs a verification.
constexpr size_t max_signatures = 32;

std::string content_of(std::string_view id, std::string_view timestamp, std::string_view body) {
  std::string out;
  out.reserve(id.size() + timestamp.size() + body.size() + 2);
  out.append(id).append(1, '.').append(timestamp).append(1, '.').append(body);
  return out;
}

failure openssl_failed() {
  return {ec::internal, "OpenSSL failed at HMAC-SHA-256", {}};
}

expected<std::string> sign_content(const webhook_secret& secret, std::string_view content) {
  switch (secret.kind) {
  case webhook_secret_kind::hmac: {
    const auto mac = try_hmac_sha256(secret.bytes, content);
    if (!mac)
      return openssl_failed();
    return std::string{hmac_version} + ',' + to_base64(view_of(*mac));
  }
  case webhook_secret_kind::ed25519: {
    auto made = ed25519_sign(secret.bytes, content);
    if (!made)
      return made;
    return std::string{ed25519_version} + ',' + to_base64(*made);
  }
  case webhook_secret_kind::ed25519_public:
    break;
  }
  return std::string{};
}

failure refuse_message(std::string detail, const char* header) {
  return {ec::invalid_argument, std::move(detail), header};
}

/// The signatures of a header, decoded, by version. Invalid base64 is left out.
struct signatures {
  std::vector<std::string> v1;
  std::vector<std::string> v1a;
  size_t count = 0;
  /// Number of signatures of a known version, decodable or not.
  size_t known = 0;
};

signatures split(std::string_view header) {
  signatures out;
  while (!header.empty()) {
    const auto end = std::min(header.find(' '), header.size());
    const auto one = header.substr(0, end);
    header.remove_prefix(std::min(end + 1, header.size()));
    if (one.empty())
      continue;
    if (++out.count > max_signatures)
      break;
    const auto comma = std::min(one.find(','), one.size());
    const auto version = one.substr(0, comma);
    if (version != hmac_version && version != ed25519_version)
      continue;
    ++out.known;
    if (auto bytes = from_base64(one.substr(std::min(comma + 1, one.size()))))
      (version == hmac_version ? out.v1 : out.v1a).push_back(std::move(*bytes));
  }
  return out;
}

/// True if one of the signatures is by the secret. Always compares all of them.
expected<bool> matches(const webhook_secret& secret, std::string_view content,
                       const signatures& given) {
  bool found = false;
  if (secret.kind == webhook_secret_kind::hmac) {
    const auto right = try_hmac_sha256(secret.bytes, content);
    if (!right)
      return openssl_failed();
    for (const auto& x : given.v1)
      found |= x.size() == right->size() && CRYPTO_memcmp(x.data(), right->data(), x.size()) == 0;
    return found;
  }
  if (given.v1a.empty())
    return false;
  const auto key = secret.kind == webhook_secret_kind::ed25519
                     ? ed25519_public_key(secret.bytes)
                     : expected<std::string>{secret.bytes};
  if (!key)
    return key.error();
  for (const auto& x : given.v1a)
    found |= ed25519_verify(*key, content, x);
  return found;
}

expected<bool> any_matches(std::span<const webhook_secret> secrets, std::string_view content,
                           const signatures& given) {
  bool found = false;
  for (const auto& secret : secrets) {
    auto one = matches(secret, content, given);
    if (!one)
      return one;
    found |= *one;
  }
  return found;
}

/// Digits only, as the text is signed too.
std::optional<int64_t> seconds_of(std::string_view text) {
  int64_t out = 0;
  if (text.starts_with('-'))
    return std::nullopt;
  const auto* end = text.data() + text.size();
  const auto [at, error] = std::from_chars(text.data(), end, out);
  if (error != std::errc{} || at != end)
    return std::nullopt;
  return out;
}

expected<void> check_present(const webhook_headers& x) {
  for (const auto& [value, name] : {std::pair{x.id, "webhook-id"},
                                    {x.timestamp, "webhook-timestamp"},
                                    {x.signature, "webhook-signature"}})
    if (value.empty())
      return refuse_message(std::string{"the header "} + name + " is missing or empty", name);
  return {};
}

expected<void> check_time(std::string_view text, timestamp now, std::chrono::seconds tolerance) {
  constexpr const char* header = "webhook-timestamp";
  const auto sent = seconds_of(text);
  if (!sent)
    return refuse_message("the timestamp is not a number of seconds since 1970", header);
  const int64_t here = std::chrono::floor<std::chrono::seconds>(now).time_since_epoch().count();
  const auto allowed = " of the " + std::to_string(tolerance.count()) + " s that are allowed";
  // Both are not negative, so that the differences do not overflow.
  const auto age = here - *sent;
  if (age > tolerance.count())
    return refuse_message("the timestamp is too old by " + std::to_string(age - tolerance.count())
                            + " s: it is " + std::to_string(age) + " s old, outside" + allowed,
                          header);
  if (age < -tolerance.count())
    return refuse_message("the timestamp is too new by " + std::to_string(-age - tolerance.count())
                            + " s: it is " + std::to_string(-age)
                            + " s ahead of the clock here, outside" + allowed,
                          header);
  return {};
}

/// Why none matches, if the header and the secrets alone show it.
std::string mismatch_detail(const signatures& given, std::span<const webhook_secret> secrets) {
  bool hmac = false;
  bool ed25519 = false;
  for (const auto& x : secrets)
    (x.kind == webhook_secret_kind::hmac ? hmac : ed25519) = true;
  if (given.v1.empty() && given.v1a.empty())
    return "the signature is not base64, it was cut or changed underway";
  if (given.v1.empty() && !ed25519)
    return "the message is signed with Ed25519 (v1a), but only HMAC secrets (whsec_…) were given";
  if (given.v1a.empty() && !hmac)
    return "the message is signed with HMAC (v1), but only Ed25519 keys were given";
  return "the signature does not match: the body, the id or the timestamp was changed after it was "
         "signed, or it was signed with another secret";
}

/// Without the white space between the tokens of JSON.
std::string compacted(std::string_view json) {
  std::string out;
  bool quoted = false;
  bool escaped = false;
  for (const char c : json) {
    if (!quoted && (c == ' ' || c == '\t' || c == '\r' || c == '\n'))
      continue;
    if (c == '"' && !escaped)
      quoted = !quoted;
    escaped = quoted && c == '\\' && !escaped;
    out.push_back(c);
  }
  return out;
}

std::string with_crlf(std::string_view text) {
  std::string out;
  for (const char c : text) {
    if (c == '\n')
      out.push_back('\r');
    out.push_back(c);
  }
  return out;
}

std::string without_cr(std::string_view text) {
  std::string out{text};
  std::erase(out, '\r');
  return out;
}

std::string_view without_end(std::string_view text) {
  if (text.ends_with('\n'))
    text.remove_suffix(1);
  if (text.ends_with('\r'))
    text.remove_suffix(1);
  return text;
}

} // namespace

expected<std::string> sign(const webhook_secret& secret, std::string_view id, int64_t unix_seconds,
                           std::string_view body) {
  return sign_content(secret, content_of(id, std::to_string(unix_seconds), body));
}

expected<std::string> sign_all(std::span<const webhook_secret> secrets, std::string_view id,
                               int64_t unix_seconds, std::string_view body) {
  const auto content = content_of(id, std::to_string(unix_seconds), body);
  std::string out;
  for (const auto& secret : secrets) {
    const auto one = sign_content(secret, content);
    if (!one)
      return one;
    if (!out.empty() && !one->empty())
      out.push_back(' ');
    out.append(*one);
  }
  return out;
}

expected<void> verify(const webhook_headers& headers, std::string_view body,
                      std::span<const webhook_secret> secrets, timestamp now,
                      std::chrono::seconds tolerance) {
  if (auto present = check_present(headers); !present)
    return present.error();
  if (secrets.empty())
    return refuse_message("no secret was given to verify with", "secret");
  if (auto time = check_time(headers.timestamp, now, tolerance); !time)
    return time.error();
  const auto given = split(headers.signature);
  if (given.count > max_signatures)
    return refuse_message("there are more than " + std::to_string(max_signatures) + " signatures",
                          "webhook-signature");
  if (given.known == 0)
    return refuse_message("there is no signature of a known version (v1, v1a)",
                          "webhook-signature");
  auto found = any_matches(secrets, content_of(headers.id, headers.timestamp, body), given);
  if (!found)
    return found.error();
  if (*found)
    return {};
  return refuse_message(mismatch_detail(given, secrets), "webhook-signature");
}

std::string mismatch_hint(const webhook_headers& headers, std::string_view body,
                          std::span<const webhook_secret> secrets) {
  const auto given = split(headers.signature);
  if (given.count > max_signatures)
    return {};
  auto fits = [&](std::string_view variant) {
    auto found = any_matches(secrets, content_of(headers.id, headers.timestamp, variant), given);
    return found && *found;
  };
  if (fits(without_end(body)))
    return "it matches the body without its last line break";
  if (fits(std::string{body} + "\n") || fits(std::string{body} + "\r\n"))
    return "it matches the body with a line break at its end";
  if (fits(without_cr(body)) || fits(with_crlf(body)))
    return "it matches the body with the other kind of line breaks";
  if (body.starts_with(byte_order_mark) && fits(body.substr(byte_order_mark.size())))
    return "it matches the body without the byte order mark at its begin";
  if (fits(compacted(body)))
    return "it matches the body without the white space between its JSON tokens: verify the bytes "
           "as they came, before they are parsed";
  if (fits({}))
    return "it matches an empty body";
  return {};
}

} // namespace carillon
