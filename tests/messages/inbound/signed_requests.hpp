#pragma once

#include "base/crypto/hmac.hpp"
#include "base/text/base64.hpp"
#include "base/text/hex.hpp"
#include "messages/inbound/verification.hpp"
#include "messages/webhooks/signature.hpp"

#include <string>
#include <string_view>
#include <utility>

namespace carillon::test {

/// Hexadecimal HMAC-SHA-256, as most providers write it.
inline std::string hex_mac(std::string_view secret, std::string_view text) {
  const auto mac = *try_hmac(hmac_digest::sha256, secret, text);
  return to_hex({reinterpret_cast<const unsigned char*>(mac.data()), mac.size()});
}

/// A source as its preset has it.
inline live_source source_of(inbound_preset preset, std::string secret) {
  live_source out;
  out.source = preset_source(preset);
  out.source.name = std::string{name_of(preset)};
  out.secrets.push_back({std::move(secret), std::nullopt});
  return out;
}

inline std::string seconds_text(timestamp x) {
  return std::to_string(std::chrono::floor<std::chrono::seconds>(x).time_since_epoch().count());
}

/// The headers with which a provider of this preset would send the body now.
inline inbound_headers signed_headers(const live_source& of, std::string_view body, timestamp now,
                                      const std::string& id = "d-1") {
  const auto& secret = of.secrets.front().text;
  const auto stamp = seconds_text(now);
  switch (of.source.preset) {
  case inbound_preset::standard: {
    const auto key = *parse_webhook_key(secret);
    const auto seconds = std::chrono::floor<std::chrono::seconds>(now).time_since_epoch().count();
    return {{"webhook-id", id},
            {"webhook-timestamp", stamp},
            {"webhook-signature", *sign(key, id, seconds, body)}};
  }
  case inbound_preset::stripe:
    return {{"stripe-signature",
             "t=" + stamp + ",v1=" + hex_mac(secret, stamp + '.' + std::string{body})}};
  case inbound_preset::github:
    return {{"x-hub-signature-256", "sha256=" + hex_mac(secret, body)},
            {"x-github-event", "push"},
            {"x-github-delivery", id}};
  case inbound_preset::shopify:
    return {{"x-shopify-hmac-sha256", to_base64(*try_hmac(hmac_digest::sha256, secret, body))},
            {"x-shopify-topic", "orders/create"},
            {"x-shopify-webhook-id", id}};
  case inbound_preset::slack:
    return {{"x-slack-signature", "v0=" + hex_mac(secret, "v0:" + stamp + ':' + std::string{body})},
            {"x-slack-request-timestamp", stamp}};
  case inbound_preset::hmac:
    return {{of.source.signature.header, of.source.signature.prefix + hex_mac(secret, body)}};
  case inbound_preset::basic:
    return {{"authorization", "Basic " + to_base64(of.source.username + ':' + secret)}};
  case inbound_preset::bearer:
    break;
  }
  return {{"authorization", "Bearer " + secret}};
}

} // namespace carillon::test
