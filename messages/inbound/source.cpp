#include "messages/inbound/source.hpp"

#include "base/text/ascii.hpp"
#include "messages/events/event.hpp"
#include "messages/webhooks/secret.hpp"

#include <algorithm>
#include <array>
#include <utility>

namespace carillon {

namespace {

constexpr std::array preset_names{
  std::pair{inbound_preset::standard, std::string_view{"standard"}},
  std::pair{inbound_preset::stripe, std::string_view{"stripe"}},
  std::pair{inbound_preset::github, std::string_view{"github"}},
  std::pair{inbound_preset::shopify, std::string_view{"shopify"}},
  std::pair{inbound_preset::slack, std::string_view{"slack"}},
  std::pair{inbound_preset::hmac, std::string_view{"hmac"}},
  std::pair{inbound_preset::basic, std::string_view{"basic"}},
  std::pair{inbound_preset::bearer, std::string_view{"bearer"}},
};

failure bad_member(std::string field, std::string detail) {
  return {ec::invalid_argument, std::move(detail), std::move(field)};
}

bool is_printable_ascii(std::string_view x) noexcept {
  return std::all_of(x.begin(), x.end(), [](char c) { return c >= ' ' && c <= '~'; });
}

/// True for the lower case name of a header that may be kept or compared.
bool is_header_name(std::string_view x) {
  return x.size() <= inbound_limits::signature_text_bytes && is_http_token(x) && ascii_lower(x) == x
         && x != "authorization" && x != "cookie" && x != "proxy-authorization"
         && x != "content-length" && x != "host";
}

size_t count_of(std::string_view text, std::string_view part) noexcept {
  size_t out = 0;
  for (auto at = text.find(part); at != std::string_view::npos; at = text.find(part, at + 1))
    ++out;
  return out;
}

expected<void> check_signature(const inbound_signature& x) {
  if (!is_header_name(x.header))
    return bad_member("signature.header", "the name of a header, in lower case, is needed");
  if (!x.timestamp_header.empty() && !is_header_name(x.timestamp_header))
    return bad_member("signature.timestampHeader", "the name of a header is in lower case");
  if (x.prefix.size() > inbound_limits::signature_text_bytes || !is_printable_ascii(x.prefix))
    return bad_member("signature.prefix", "a prefix has at most 128 printable characters");
  const auto stamps = count_of(x.content, "{timestamp}");
  if (x.content.size() > inbound_limits::signature_text_bytes || !is_printable_ascii(x.content)
      || count_of(x.content, "{body}") != 1 || stamps > 1 || count_of(x.content, "{") != 1 + stamps
      || count_of(x.content, "}") != 1 + stamps)
    return bad_member("signature.content",
                      "what is signed is a text with {body} once, and {timestamp} at most once");
  if ((stamps == 1) != !x.timestamp_header.empty())
    return bad_member("signature.timestampHeader",
                      "a timestamp is signed if there is a header for it, and only then: name "
                      "{timestamp} in content, too");
  return {};
}

expected<void> check_templates(const inbound_source& x) {
  if (x.type.empty())
    return bad_member("type", "the type of the events is needed, as shop.{/topic}");
  if (x.id.empty())
    return bad_member("id", "where the provider's id is has to be said, as {/id}");
  if (x.type.is_constant() && !is_event_type(x.type.text()))
    return bad_member("type", "type must be dotted lower case, like order.created, of at most 128 "
                              "bytes");
  if (x.type.is_constant() && is_engine_type(x.type.text()))
    return bad_member("type",
                      "'" + std::string{x.type.text()} + "' is published by the engine alone");
  if (x.id.is_constant())
    return bad_member("id", "all events would have the same id, and only the first were stored");
  return {};
}

} // namespace

bool is_inbound_name(std::string_view x) noexcept {
  const auto is_sign = [](char c) {
    return (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || c == '-' || c == '_' || c == '.';
  };
  return !x.empty() && x.size() <= inbound_limits::name_bytes
         && std::all_of(x.begin(), x.end(), is_sign) && x.front() != '-' && x.front() != '_'
         && x.front() != '.';
}

std::string_view name_of(inbound_preset x) noexcept {
  for (const auto& [preset, name] : preset_names)
    if (preset == x)
      return name;
  return {};
}

std::optional<inbound_preset> inbound_preset_from(std::string_view name) noexcept {
  for (const auto& [preset, known] : preset_names)
    if (known == name)
      return preset;
  return std::nullopt;
}

bool may_make_secret(inbound_preset x) noexcept {
  using enum inbound_preset;
  return x != stripe && x != shopify && x != slack;
}

inbound_source preset_source(inbound_preset x) {
  using enum inbound_preset;
  const auto of = [](const char* text) { return *inbound_template::parse(text); };
  inbound_source out;
  out.preset = x;
  switch (x) {
  case standard:
    out.type = of("{/type}");
    out.id = of("{header:webhook-id}");
    break;
  case stripe:
    out.type = of("stripe.{/type}");
    out.id = of("{/id}");
    break;
  case github:
    out.signature = {.header = "x-hub-signature-256", .prefix = "sha256="};
    out.type = of("github.{header:x-github-event}");
    out.id = of("{header:x-github-delivery}");
    break;
  case shopify:
    out.signature = {.header = "x-shopify-hmac-sha256", .encoding = inbound_encoding::base64};
    out.type = of("shopify.{header:x-shopify-topic}");
    out.id = of("{header:x-shopify-webhook-id}");
    break;
  case slack:
    out.signature = {.header = "x-slack-signature",
                     .prefix = "v0=",
                     .timestamp_header = "x-slack-request-timestamp",
                     .content = "v0:{timestamp}:{body}"};
    out.type = of("slack.{/event/type|/form/command|/payload/type|/type}");
    out.id = of("{/event_id|/form/trigger_id|/payload/trigger_id}");
    // Whatever stands in the answer to a command is shown to its user.
    out.answer_status = 200;
    break;
  case hmac:
  case basic:
  case bearer:
    break;
  }
  return out;
}

expected<void> check_source(const inbound_source& x) {
  if (!is_inbound_name(x.name))
    return bad_member("name", "the name of a source is 1 to 64 of [a-z0-9._-], beginning with a "
                              "letter or digit");
  if (!x.company_id.empty() && !is_identifier(x.company_id))
    return bad_member("companyId", "the company is 1 to 128 bytes without control characters");
  if (x.tolerance.count() < 1 || x.tolerance > inbound_limits::most_tolerance)
    return bad_member("toleranceSeconds", "the tolerance is 1 to 86400 seconds");
  if (x.answer_status != 200 && x.answer_status != 202 && x.answer_status != 204)
    return bad_member("answerStatus", "the answer's status is 200, 202 or 204");
  if (x.preset == inbound_preset::hmac)
    if (auto checked = check_signature(x.signature); !checked)
      return checked;
  const auto has_user = x.preset == inbound_preset::basic;
  if (has_user == x.username.empty())
    return bad_member("username", has_user ? "the name of the user is needed"
                                           : "only the preset basic has a user");
  if (x.username.size() > inbound_limits::signature_text_bytes || !is_printable_ascii(x.username)
      || x.username.find(':') != std::string::npos)
    return bad_member("username", "a user is at most 128 printable characters without a colon");
  if (!x.header.empty() && (x.preset != inbound_preset::bearer || !is_header_name(x.header)))
    return bad_member("header", "only the preset bearer has a header, and its name is lower case");
  if (!x.verify_token_hash.empty() && x.preset != inbound_preset::hmac)
    return bad_member("verifyToken", "only the preset hmac answers a GET with a token");
  return check_templates(x);
}

expected<void> check_inbound_secret(inbound_preset preset, std::string_view secret) {
  if (preset == inbound_preset::standard) {
    auto parsed = parse_webhook_key(secret);
    if (!parsed)
      return parsed.error();
    return {};
  }
  if (secret.size() < inbound_limits::least_secret_bytes
      || secret.size() > inbound_limits::secret_bytes || !is_printable_ascii(secret))
    return bad_member("secret", "a secret has 8 to 256 printable characters");
  return {};
}

expected<std::string> make_inbound_secret(inbound_preset preset) {
  auto made = make_webhook_secret(webhook_secret_kind::hmac);
  if (!made)
    return made.error();
  auto text = to_text(*made);
  // Other providers take any text; this one needs no escapes in a form or a header.
  if (text && preset != inbound_preset::standard) {
    text->erase(0, text->find('_') + 1);
    for (auto& c : *text)
      c = c == '+' ? '-' : c == '/' ? '_' : c;
    std::erase(*text, '=');
  }
  return text;
}

std::string event_source_of(const inbound_source& x) {
  return "/in/" + x.name;
}

} // namespace carillon
