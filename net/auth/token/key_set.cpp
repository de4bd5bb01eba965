#include "net/auth/token/key_set.hpp"

#include "base/json/strict_json.hpp"
#include "net/auth/token/compact.hpp"

#include <filesystem>
#include <fstream>

namespace carillon {

namespace {

failure refuse_set(std::string detail) {
  return {ec::invalid_argument, std::move(detail), "jwks-file"};
}

} // namespace

expected<std::vector<token_key>> parse_key_set(std::string_view text) {
  if (text.size() > max_key_set_bytes)
    return refuse_set("a set of keys is at most 1 MiB long, this one is longer");
  auto set = parse_strict_object(text, max_token_json_depth);
  if (!set)
    return refuse_set(
      "the set of keys is not one JSON object in UTF-8 without duplicate names, of at "
      "most 8 levels");
  const auto* keys = find_member(*set, "keys");
  if (keys == nullptr || !keys->IsArray())
    return refuse_set("the set of keys has no array 'keys'");
  if (keys->Size() > max_token_keys)
    return refuse_set("a set has at most 100 keys, this one " + std::to_string(keys->Size()));
  std::vector<token_key> out;
  for (const auto& x : keys->GetArray()) {
    if (!x.IsObject())
      return refuse_set("the array 'keys' holds something that is not an object");
    if (auto key = token_key::from_jwk(x))
      out.push_back(std::move(*key));
  }
  if (out.empty())
    return refuse_set(
      "the set holds no key that can verify: oct of at least 32 bytes, RSA of 2048 to "
      "8192 bits, EC on P-256, or OKP of Ed25519, for signatures");
  return out;
}

expected<std::vector<token_key>> read_key_set(const std::string& path) {
  std::error_code error;
  // A pipe or terminal could make the process wait without end.
  if (!std::filesystem::is_regular_file(path, error))
    return refuse_set("the file with the set of keys does not exist or is no regular file");
  std::ifstream in{path, std::ios::binary};
  // One byte more detects a longer file.
  std::string text(max_key_set_bytes + 1, '\0');
  in.read(text.data(), static_cast<std::streamsize>(text.size()));
  if (in.bad() || (in.fail() && !in.eof()))
    return refuse_set("the file with the set of keys cannot be read");
  text.resize(static_cast<size_t>(in.gcount()));
  return parse_key_set(text);
}

} // namespace carillon
