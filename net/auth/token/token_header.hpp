#pragma once

#include "base/failure.hpp"
#include "net/auth/token/compact.hpp"
#include "net/auth/token/token_key.hpp"

#include <atomic>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace carillon {

/// The parts of a token's header that concern its signature.
struct token_header {
  token_algorithm algorithm = token_algorithm::hs256;
  std::optional<std::string> kid;
};

/// Reads a header (RFC 7515 section 4). Keys that it contains or points to (`jwk`, `jku`, `x5c`,
/// `x5u`) are ignored: anybody can write them. Errors: `unauthenticated`; nothing of the header is
/// repeated.
expected<token_header> parse_token_header(std::string_view json);

/// The first key that has signed a token, of those with the token's `kid`, or of all if it has
/// none; null if there is none. At most eight of the token's algorithm are tried, so that the cost
/// of a token is bounded.
/// @param tried how many were tried before; counted on
/// @param known set if a key has the `kid`, or the token has none
const token_key* signer_among(const std::vector<token_key>& keys, const token_header& about,
                              const compact_token& x, size_t& tried, bool& known);

/// The same for a single key, regardless of its `kid`.
bool is_signer(const token_key& key, const token_header& about, const compact_token& x,
               size_t& tried);

} // namespace carillon
