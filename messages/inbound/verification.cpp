#include "messages/inbound/verification.hpp"

#include "base/crypto/hmac.hpp"
#include "base/crypto/sha256.hpp"
#include "base/text/ascii.hpp"
#include "base/text/base64.hpp"
#include "base/text/hex.hpp"
#include "base/text/number.hpp"
#include "messages/webhooks/secret.hpp"
#include "messages/webhooks/signature.hpp"

#include <algorithm>
#include <optional>
#include <span>

namespace carillon {

namespace {

constexpr const char* stripe_header = "stripe-signature";
constexpr const char* authorization = "authorization";
/// Signatures of one header; each costs a comparison.
constexpr size_t most_signatures = 16;
/// Seconds since 1970 of more digits are refused before they are compared.
constexpr size_t most_digits = 12;

failure unproven(std::string detail, std::string header) {
  return {ec::unauthenticated, std::move(detail), std::move(header)};
}

failure hmac_failed() {
  return {ec::internal, "OpenSSL failed at HMAC", {}};
}

std::vector<std::string_view> valid_secrets(const live_source& of, timestamp now) {
  std::vector<std::string_view> out;
  for (const auto& x : of.secrets)
    if (!x.expires_at || *x.expires_at > now)
      out.emplace_back(x.text);
  return out;
}

expected<void> check_stamp(std::string_view text, const inbound_source& of, timestamp now,
                           const std::string& header) {
  const auto sent = text.size() <= most_digits ? number_from(text) : std::nullopt;
  if (!sent)
    return unproven("the timestamp is not a number of seconds since 1970", header);
  const auto here = std::chrono::floor<std::chrono::seconds>(now).time_since_epoch().count();
  const auto age = here - static_cast<int64_t>(*sent);
  if (age > of.tolerance.count() || age < -of.tolerance.count())
    return unproven("the timestamp is " + std::to_string(age < 0 ? -age : age) + " s "
                      + (age < 0 ? "ahead of" : "behind") + " the clock here, more than the "
                      + std::to_string(of.tolerance.count()) + " s that are allowed",
                    header);
  return {};
}

// -- HMAC of one header -----------------------------------------------------------

std::string text_of_mac(std::string_view mac, inbound_encoding encoding, bool upper) {
  if (encoding == inbound_encoding::base64)
    return to_base64(mac);
  std::string out;
  append_hex(out, {reinterpret_cast<const unsigned char*>(mac.data()), mac.size()},
             upper ? upper_hex : lower_hex);
  return out;
}

hmac_digest digest_of(inbound_algorithm x) noexcept {
  return x == inbound_algorithm::sha1     ? hmac_digest::sha1
         : x == inbound_algorithm::sha512 ? hmac_digest::sha512
                                          : hmac_digest::sha256;
}

std::string signed_content(std::string_view content, std::string_view stamp,
                           std::string_view body) {
  constexpr std::string_view stamp_mark = "{timestamp}";
  constexpr std::string_view body_mark = "{body}";
  std::string out;
  out.reserve(content.size() + stamp.size() + body.size());
  while (!content.empty()) {
    const auto open = std::min(content.find('{'), content.size());
    out += content.substr(0, open);
    content.remove_prefix(open);
    if (content.starts_with(stamp_mark)) {
      out += stamp;
      content.remove_prefix(stamp_mark.size());
    } else if (content.starts_with(body_mark)) {
      out += body;
      content.remove_prefix(body_mark.size());
    } else if (!content.empty()) {
      out += content.front();
      content.remove_prefix(1);
    }
  }
  return out;
}

expected<void> verify_hmac(const inbound_signature& how, const inbound_headers& headers,
                           std::string_view body, std::span<const std::string_view> secrets) {
  auto given = header_in(headers, how.header);
  given.remove_prefix(std::min(how.prefix.size(), given.size()));
  const auto content = signed_content(how.content, header_in(headers, how.timestamp_header), body);
  bool found = false;
  for (const auto secret : secrets) {
    const auto mac = try_hmac(digest_of(how.algorithm), secret, content);
    if (!mac)
      return hmac_failed();
    found |= equals_in_constant_time(given, text_of_mac(*mac, how.encoding, false));
    // Some write their digits large; a text in which both occur was changed.
    if (how.encoding == inbound_encoding::hex)
      found |= equals_in_constant_time(given, text_of_mac(*mac, how.encoding, true));
  }
  if (!found)
    return unproven("the signature does not match: the body was changed after it was signed, or "
                    "it was signed with another secret",
                    how.header);
  return {};
}

expected<void> check_hmac_head(const inbound_source& of, const inbound_headers& headers,
                               timestamp now) {
  const auto& how = of.signature;
  if (!header_in(headers, how.header).starts_with(how.prefix)
      || header_in(headers, how.header).size() == how.prefix.size())
    return unproven("the header " + how.header + " has no signature"
                      + (how.prefix.empty() ? std::string{} : " behind " + how.prefix),
                    how.header);
  if (how.timestamp_header.empty())
    return {};
  return check_stamp(header_in(headers, how.timestamp_header), of, now, how.timestamp_header);
}

// -- Stripe -----------------------------------------------------------------------

/// `t=1492774577,v1=5257a8…,v1=…,v0=…`
struct stripe_parts {
  std::string_view stamp;
  std::vector<std::string_view> signatures;
};

expected<stripe_parts> stripe_parts_of(std::string_view header) {
  stripe_parts out;
  size_t stamps = 0;
  size_t count = 0;
  while (!header.empty()) {
    const auto end = std::min(header.find(','), header.size());
    const auto part = header.substr(0, end);
    header.remove_prefix(std::min(end + 1, header.size()));
    if (++count > most_signatures)
      return unproven("the header has too many parts", stripe_header);
    if (part.starts_with("t=")) {
      out.stamp = part.substr(2);
      ++stamps;
    } else if (part.starts_with("v1=")) {
      out.signatures.push_back(part.substr(3));
    }
  }
  if (stamps != 1 || out.signatures.empty())
    return unproven("the header is not t=…,v1=…", stripe_header);
  return out;
}

expected<void> verify_stripe(const inbound_headers& headers, std::string_view body,
                             std::span<const std::string_view> secrets) {
  const auto parts = stripe_parts_of(header_in(headers, stripe_header));
  if (!parts)
    return parts.error();
  const auto content = signed_content("{timestamp}.{body}", parts->stamp, body);
  bool found = false;
  for (const auto secret : secrets) {
    const auto mac = try_hmac(hmac_digest::sha256, secret, content);
    if (!mac)
      return hmac_failed();
    const auto right = text_of_mac(*mac, inbound_encoding::hex, false);
    for (const auto given : parts->signatures)
      found |= equals_in_constant_time(given, right);
  }
  if (!found)
    return unproven("the signature does not match: the body was changed after it was signed, or "
                    "it was signed with another secret",
                    stripe_header);
  return {};
}

// -- Standard Webhooks --------------------------------------------------------------

webhook_headers standard_headers(const inbound_headers& headers) noexcept {
  return {header_in(headers, "webhook-id"), header_in(headers, "webhook-timestamp"),
          header_in(headers, "webhook-signature")};
}

expected<void> check_standard_head(const inbound_source& of, const inbound_headers& headers,
                                   timestamp now) {
  for (const auto* name : {"webhook-id", "webhook-signature"})
    if (header_in(headers, name).empty())
      return unproven("the header " + std::string{name} + " is missing or empty", name);
  return check_stamp(header_in(headers, "webhook-timestamp"), of, now, "webhook-timestamp");
}

expected<void> verify_standard(const inbound_source& of, const inbound_headers& headers,
                               std::string_view body, std::span<const std::string_view> secrets,
                               timestamp now) {
  std::vector<webhook_secret> keys;
  for (const auto secret : secrets)
    if (auto key = parse_webhook_key(secret))
      keys.push_back(std::move(*key));
  auto verified = verify(standard_headers(headers), body, keys, now, of.tolerance);
  if (verified || verified.error().code == ec::internal)
    return verified;
  return unproven(std::move(verified.error().detail), std::move(verified.error().field));
}

// -- a secret in a header -------------------------------------------------------------

/// Compares digests: neither length nor content shows in the time.
expected<bool> is_one_of(std::string_view given, const std::vector<std::string>& right) {
  const auto mine = try_sha256({given});
  bool found = false;
  for (const auto& x : right) {
    const auto digest = try_sha256({x});
    if (!mine || !digest)
      return failure{ec::internal, "OpenSSL failed at SHA-256", {}};
    found |= equals_in_constant_time(view_of(*mine), view_of(*digest));
  }
  return found;
}

/// The text behind `scheme ` in any case; empty if the header is another one.
std::string_view behind_scheme(std::string_view header, std::string_view scheme) noexcept {
  if (header.size() <= scheme.size() || header[scheme.size()] != ' '
      || !equals_ignoring_case(header.substr(0, scheme.size()), scheme))
    return {};
  return trimmed(header.substr(scheme.size()));
}

expected<void> verify_shown_secret(const inbound_source& of, const inbound_headers& headers,
                                   std::span<const std::string_view> secrets) {
  const auto name = of.header.empty() ? std::string{authorization} : of.header;
  const auto header = header_in(headers, name);
  std::vector<std::string> right;
  std::string given;
  if (of.preset == inbound_preset::basic) {
    given = from_base64(behind_scheme(header, "basic")).value_or("");
    for (const auto secret : secrets)
      right.push_back(of.username + ':' + std::string{secret});
  } else {
    given = of.header.empty() ? behind_scheme(header, "bearer") : header;
    for (const auto secret : secrets)
      right.emplace_back(secret);
  }
  if (given.empty())
    return unproven("the header " + name + " has no secret as this source expects it", name);
  auto same = is_one_of(given, right);
  if (!same)
    return same.error();
  if (!*same)
    return unproven("the secret is not that of this source", name);
  return {};
}

bool shows_secret(const inbound_source& x) noexcept {
  return x.preset == inbound_preset::basic || x.preset == inbound_preset::bearer;
}

void add_name(std::vector<std::string>& to, std::string name) {
  if (!name.empty() && std::find(to.begin(), to.end(), name) == to.end())
    to.push_back(std::move(name));
}

} // namespace

std::string_view header_in(const inbound_headers& all, std::string_view name) noexcept {
  for (const auto& [known, value] : all)
    if (known == name)
      return value;
  return {};
}

std::vector<std::string> proving_headers(const inbound_source& x) {
  using enum inbound_preset;
  std::vector<std::string> out;
  switch (x.preset) {
  case standard:
    return {"webhook-id", "webhook-timestamp", "webhook-signature"};
  case stripe:
    return {stripe_header};
  case basic:
  case bearer:
    return {x.header.empty() ? std::string{authorization} : x.header};
  case github:
  case shopify:
  case slack:
  case hmac:
    break;
  }
  add_name(out, x.signature.header);
  add_name(out, x.signature.timestamp_header);
  return out;
}

std::vector<std::string> kept_headers(const inbound_source& x) {
  const auto proof = proving_headers(x);
  auto out = shows_secret(x) ? std::vector<std::string>{} : proof;
  const auto add = [&](const inbound_place& place) {
    const auto is_secret
      = shows_secret(x) && std::find(proof.begin(), proof.end(), place.name) != proof.end();
    if (place.of == inbound_place::kind::header && !is_secret)
      add_name(out, place.name);
  };
  x.type.each_place(add);
  x.id.each_place(add);
  return out;
}

expected<void> check_inbound_head(const live_source& of, const inbound_headers& headers,
                                  timestamp now) {
  const auto secrets = valid_secrets(of, now);
  if (secrets.empty())
    return failure{ec::store_unavailable,
                   "the secret of this source cannot be opened; an operator has to set another one",
                   {}};
  for (const auto& [name, value] : headers)
    if (value.size() > inbound_limits::header_bytes)
      return unproven("the header " + name + " has more than 2048 bytes", name);
  const auto& source = of.source;
  if (shows_secret(source))
    return verify_shown_secret(source, headers, secrets);
  if (source.preset == inbound_preset::standard)
    return check_standard_head(source, headers, now);
  if (source.preset != inbound_preset::stripe)
    return check_hmac_head(source, headers, now);
  const auto parts = stripe_parts_of(header_in(headers, stripe_header));
  if (!parts)
    return parts.error();
  return check_stamp(parts->stamp, source, now, stripe_header);
}

expected<void> verify_inbound(const live_source& of, const inbound_headers& headers,
                              std::string_view body, timestamp now) {
  if (auto head = check_inbound_head(of, headers, now); !head)
    return head;
  const auto secrets = valid_secrets(of, now);
  const auto& source = of.source;
  switch (source.preset) {
  case inbound_preset::standard:
    return verify_standard(source, headers, body, secrets, now);
  case inbound_preset::stripe:
    return verify_stripe(headers, body, secrets);
  case inbound_preset::basic:
  case inbound_preset::bearer:
    return {};
  default:
    return verify_hmac(source.signature, headers, body, secrets);
  }
}

} // namespace carillon
