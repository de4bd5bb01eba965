#include "net/auth/token/token_header.hpp"

#include "base/json/strict_json.hpp"
#include "base/text/ascii.hpp"

namespace carillon {

namespace {

/// Bounds the work for a token without `kid`.
constexpr size_t max_tries = 8;

failure refuse_header(const char* detail) {
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

} // namespace

expected<token_header> parse_token_header(std::string_view json) {
  auto parsed = parse_strict_object(json, max_token_json_depth);
  if (!parsed)
    return refuse_header("the token's header is not one JSON object without duplicate names");
  const auto& header = *parsed;
  // All listed extensions would have to be supported; none is.
  if (find_member(header, "crit") != nullptr)
    return refuse_header(
      "the token's header has crit, and nothing that it could list is known here");
  auto algorithm = token_algorithm_of(find_text(header, "alg").value_or(""));
  if (!algorithm)
    return refuse_header("the token's algorithm is none of HS256, RS256, ES256, EdDSA");
  if (find_member(header, "typ") != nullptr
      && !is_token_type(find_text(header, "typ").value_or("")))
    return refuse_header("the token's type is neither JWT nor at+jwt");
  token_header out{*algorithm, std::nullopt};
  if (find_member(header, "kid") != nullptr) {
    auto kid = find_text(header, "kid");
    if (!kid)
      return refuse_header("the token's kid is not a text");
    out.kid = std::string{*kid};
  }
  return out;
}

const token_key* signer_among(const std::vector<token_key>& keys, const token_header& about,
                              const compact_token& x, size_t& tried, bool& known) {
  known = known || !about.kid;
  for (const auto& key : keys) {
    if (about.kid && key.kid() != about.kid)
      continue;
    known = true;
    if (is_signer(key, about, x, tried))
      return &key;
  }
  return nullptr;
}

bool is_signer(const token_key& key, const token_header& about, const compact_token& x,
               size_t& tried) {
  return key.algorithm() == about.algorithm && tried++ < max_tries
         && key.verifies(x.signed_text, x.signature);
}

} // namespace carillon
