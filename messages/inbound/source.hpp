#pragma once

#include "base/failure.hpp"
#include "messages/inbound/template.hpp"

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace carillon {

/// How a provider proves that a request is its own.
enum class inbound_preset : uint8_t {
  standard,
  stripe,
  github,
  shopify,
  slack,
  hmac,
  basic,
  bearer
};

/// The hash function of a provider's HMAC.
enum class inbound_algorithm : uint8_t { sha1, sha256, sha512 };

/// How a provider writes the bytes of a signature.
enum class inbound_encoding : uint8_t { hex, base64 };

/// How a provider signs with HMAC: what it puts where.
struct inbound_signature {
  /// Name of the header with the signature, lower case.
  std::string header;
  /// What stands in it before the signature, as `sha256=`.
  std::string prefix = {};
  inbound_algorithm algorithm = inbound_algorithm::sha256;
  inbound_encoding encoding = inbound_encoding::hex;
  /// Name of the header with the seconds since 1970, lower case; empty = it sends none.
  std::string timestamp_header = {};
  /// What is signed: a text with `{body}` once, and `{timestamp}` if there is a header for it.
  std::string content = "{body}";

  friend bool operator==(const inbound_signature&, const inbound_signature&) = default;
};

/// A provider of webhooks, what proves its requests, and which events they become. Its secrets are
/// kept apart.
struct inbound_source {
  /// Last part of its path, `/in/{name}`; unique on the node, see `is_inbound_name`.
  std::string name;
  /// Its events are this company's; empty = the operator's, as those of a key without a company.
  std::string company_id;
  inbound_preset preset = inbound_preset::hmac;
  /// Of `hmac`, else as the preset has it.
  inbound_signature signature;
  /// A request that was signed earlier or later than this is refused.
  std::chrono::seconds tolerance{300};
  /// Of `basic`.
  std::string username;
  /// Of `bearer`: the header with the secret alone; empty = `Authorization: Bearer`.
  std::string header;
  /// SHA-256 of the token of a `GET` that asks whether the path is ours, in hexadecimal, as Meta
  /// does it; empty = no such request is answered.
  std::string verify_token_hash;
  /// Type and id of the event, of headers and of members of the body.
  inbound_template type;
  inbound_template id;
  /// Of a delivery that is stored: 200, 202 or 204.
  int answer_status = 202;

  friend bool operator==(const inbound_source&, const inbound_source&) = default;
};

/// Limits of sources.
struct inbound_limits {
  static constexpr size_t name_bytes = 64;
  static constexpr size_t sources = 1'000;
  static constexpr size_t sources_of_company = 100;
  static constexpr size_t secret_bytes = 256;
  static constexpr size_t least_secret_bytes = 8;
  /// Prefix, content, and names of headers of a signature.
  static constexpr size_t signature_text_bytes = 128;
  /// Of a header that is verified or mapped.
  static constexpr size_t header_bytes = 2'048;
  static constexpr std::chrono::seconds most_tolerance{86'400};
  /// How long the secret before the last one may be valid.
  static constexpr std::chrono::seconds most_grace{30 * 86'400};
};

/// True for 1–64 of `[a-z0-9._-]`, beginning with a letter or digit.
bool is_inbound_name(std::string_view x) noexcept;

/// The name in the API, e.g. `github`.
std::string_view name_of(inbound_preset x) noexcept;
/// Inverse of `name_of`; empty for any other text.
std::optional<inbound_preset> inbound_preset_from(std::string_view name) noexcept;

/// True if the node may make the secret, which the operator then gives to the provider. Others give
/// theirs to the operator.
bool may_make_secret(inbound_preset x) noexcept;

/// A source as its preset has it: signature, type, id and answer are those of the provider where
/// the preset knows them, and empty where they have to be given.
inbound_source preset_source(inbound_preset x);

/// Checks all but the secret. Errors: `invalid_argument` with the field.
expected<void> check_source(const inbound_source& x);

/// Checks a secret of this preset. Errors: `invalid_argument`, field `secret`; the detail does not
/// repeat the secret.
expected<void> check_inbound_secret(inbound_preset preset, std::string_view secret);

/// A new secret of 256 random bits, in the form that the preset wants. Errors: `internal`.
expected<std::string> make_inbound_secret(inbound_preset preset);

/// What events of the source name as theirs: `/in/{name}`.
std::string event_source_of(const inbound_source& x);

/// How the store keeps a source, without name and company.
std::string json_of(const inbound_source& x);

/// Inverse of `json_of`; name and company are left empty. Errors: `store_corrupt`.
expected<inbound_source> inbound_source_from_json(std::string_view json);

} // namespace carillon
