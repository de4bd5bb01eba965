#include "messages/inbound/source_json.hpp"

#include "base/crypto/sha256.hpp"
#include "base/json/strict_json.hpp"
#include "base/text/ascii.hpp"

#include <algorithm>
#include <array>
#include <utility>

namespace carillon {

namespace {

constexpr std::array algorithm_names{
  std::pair{inbound_algorithm::sha1, std::string_view{"sha1"}},
  std::pair{inbound_algorithm::sha256, std::string_view{"sha256"}},
  std::pair{inbound_algorithm::sha512, std::string_view{"sha512"}},
};

constexpr std::array encoding_names{
  std::pair{inbound_encoding::hex, std::string_view{"hex"}},
  std::pair{inbound_encoding::base64, std::string_view{"base64"}},
};

template <class Table, class T>
std::string_view name_in(const Table& table, T x) noexcept {
  for (const auto& [value, name] : table)
    if (value == x)
      return name;
  return {};
}

/// Sets `to` if the member is there.
template <class Table, class T>
void read_named(object_reader& in, const char* member, const Table& table, T& to,
                const char* detail) {
  const auto text = in.text(member);
  if (!text)
    return;
  for (const auto& [value, name] : table)
    if (name == *text) {
      to = value;
      return;
    }
  in.fail(member, detail);
}

void read_template(object_reader& in, const char* member, inbound_template& to) {
  const auto text = in.text(member);
  if (!text)
    return;
  auto parsed = inbound_template::parse(*text);
  if (!parsed)
    in.fail(member, parsed.error().detail);
  else
    to = std::move(*parsed);
}

void read_signature(object_reader& outer, inbound_signature& to, inbound_preset preset) {
  const auto* member = outer.find("signature");
  if (member == nullptr)
    return;
  if (preset != inbound_preset::hmac || !member->IsObject())
    return outer.fail("signature", "the preset hmac has a signature, which is an object");
  object_reader in{*member};
  to.header = ascii_lower(in.required_text("header"));
  to.prefix = in.text("prefix").value_or("");
  read_named(in, "algorithm", algorithm_names, to.algorithm,
             "the algorithm is sha1, sha256 or sha512");
  read_named(in, "encoding", encoding_names, to.encoding, "the encoding is hex or base64");
  to.timestamp_header = ascii_lower(in.text("timestampHeader").value_or(""));
  to.content = in.text("content").value_or(to.content);
  if (auto fault = in.finish())
    outer.fail("signature." + fault->field, std::move(fault->detail));
}

bool is_sha256_hex(std::string_view x) noexcept {
  return x.size() == 64 && x.find_first_not_of("0123456789abcdef") == std::string_view::npos;
}

/// Empty if it is left out; a text that is empty is a fault.
std::string text_unless_empty(object_reader& in, const char* member) {
  auto out = in.text(member);
  if (out && out->empty())
    in.fail(member, "the value is an empty text; leave it out instead");
  return out.value_or("");
}

void read_verify_token(object_reader& in, inbound_source& to) {
  const auto hash = in.text("verifyTokenSha256");
  const auto token = in.text("verifyToken");
  if (hash && !is_sha256_hex(*hash))
    in.fail("verifyTokenSha256", "a SHA-256 is 64 hexadecimal digits in lower case");
  if (token
      && (token->size() < inbound_limits::least_secret_bytes
          || token->size() > inbound_limits::secret_bytes))
    in.fail("verifyToken", "the token has 8 to 256 bytes");
  if (token)
    to.verify_token_hash = sha256_hex(*token);
  else if (hash)
    to.verify_token_hash = *hash;
}

} // namespace

inbound_source read_inbound_source(object_reader& in) {
  const auto preset = inbound_preset_from(in.required_text("preset"));
  if (!preset)
    in.fail("preset",
            "the preset is standard, stripe, github, shopify, slack, hmac, basic or bearer");
  auto out = preset_source(preset.value_or(inbound_preset::hmac));
  read_signature(in, out.signature, out.preset);
  read_template(in, "type", out.type);
  read_template(in, "id", out.id);
  constexpr auto longest = static_cast<uint32_t>(inbound_limits::most_tolerance.count());
  out.tolerance = std::chrono::seconds{
    in.number("toleranceSeconds", static_cast<uint32_t>(out.tolerance.count()), longest)};
  constexpr uint32_t most_status = 204;
  out.answer_status = static_cast<int>(
    in.number("answerStatus", static_cast<uint32_t>(out.answer_status), most_status));
  out.username = text_unless_empty(in, "username");
  out.header = ascii_lower(text_unless_empty(in, "header"));
  read_verify_token(in, out);
  return out;
}

void put_inbound_source(json_appender& out, const inbound_source& x) {
  out.member("preset", name_of(x.preset)).member("type", x.type.text()).member("id", x.id.text());
  if (x.preset == inbound_preset::hmac) {
    const auto& y = x.signature;
    out.begin_object("signature")
      .member("header", y.header)
      .member("prefix", y.prefix)
      .member("algorithm", name_in(algorithm_names, y.algorithm))
      .member("encoding", name_in(encoding_names, y.encoding))
      .member("timestampHeader", y.timestamp_header)
      .member("content", y.content)
      .end_object();
  }
  out.member("toleranceSeconds", int64_t{x.tolerance.count()})
    .member("answerStatus", int64_t{x.answer_status})
    .member_unless_empty("username", x.username)
    .member_unless_empty("header", x.header)
    .member_unless_empty("verifyTokenSha256", x.verify_token_hash);
}

std::string json_of(const inbound_source& x) {
  std::string out;
  json_appender json{out};
  json.begin_object();
  put_inbound_source(json, x);
  json.end_object();
  return out;
}

expected<inbound_source> inbound_source_from_json(std::string_view json) {
  const failure damaged{ec::store_corrupt, "the settings of a source of webhooks are damaged", {}};
  const auto parsed = parse_object(json);
  if (!parsed)
    return damaged;
  object_reader in{*parsed};
  auto out = read_inbound_source(in);
  if (in.finish())
    return damaged;
  return out;
}

} // namespace carillon
