#include "base/merkle/signed_note.hpp"

#include "base/crypto/ed25519.hpp"
#include "base/crypto/sha256_stream.hpp"
#include "base/text/base64.hpp"
#include "base/text/hex.hpp"
#include "base/text/utf8.hpp"

#include <algorithm>
#include <span>

namespace carillon {

namespace {

/// U+2014 and a space.
constexpr std::string_view signature_begin = "\xe2\x80\x94 ";
/// Ed25519, of the list of C2SP.
constexpr std::string_view ed25519_type{"\x01", 1};
constexpr size_t key_id_bytes = 4;
constexpr size_t public_key_bytes = 32;
constexpr size_t most_signatures = 100;
constexpr size_t most_note_bytes = 1024UL * 1024;

failure bad_note(const char* why) {
  return {ec::invalid_argument, std::string{"not a signed note: "} + why, {}};
}

std::string hex_of(std::string_view bytes) {
  return to_hex({reinterpret_cast<const unsigned char*>(bytes.data()), bytes.size()});
}

std::optional<note_signature> signature_from(std::string_view line) {
  if (!line.starts_with(signature_begin))
    return std::nullopt;
  line.remove_prefix(signature_begin.size());
  const auto space = line.find(' ');
  if (space == std::string_view::npos || !is_note_name(line.substr(0, space)))
    return std::nullopt;
  const auto bytes = from_base64(line.substr(space + 1));
  if (!bytes || bytes->size() <= key_id_bytes)
    return std::nullopt;
  return note_signature{std::string{line.substr(0, space)}, bytes->substr(0, key_id_bytes),
                        bytes->substr(key_id_bytes)};
}

} // namespace

bool is_note_name(std::string_view x) noexcept {
  // Names of ours are ASCII; white space beyond it is refused with all that is not.
  return !x.empty()
         && std::all_of(x.begin(), x.end(), [](char c) { return c > ' ' && c < 0x7f && c != '+'; });
}

std::string note_key::id() const {
  const auto digest
    = sha256_stream{}.add(name).add("\n").add(ed25519_type).add(public_key).finish();
  return std::string{view_of(digest).substr(0, key_id_bytes)};
}

std::optional<note_key> note_key::parse(std::string_view text) {
  const auto first = text.find('+');
  const auto second = first == std::string_view::npos ? first : text.find('+', first + 1);
  if (second == std::string_view::npos)
    return std::nullopt;
  const auto bytes = from_base64(text.substr(second + 1));
  if (!bytes || bytes->size() != 1 + public_key_bytes || !bytes->starts_with(ed25519_type))
    return std::nullopt;
  note_key out{std::string{text.substr(0, first)}, bytes->substr(1)};
  if (!is_note_name(out.name) || text.substr(first + 1, second - first - 1) != hex_of(out.id()))
    return std::nullopt;
  return out;
}

std::string note_key::text() const {
  return name + '+' + hex_of(id()) + '+' + to_base64(std::string{ed25519_type} + public_key);
}

expected<std::string> sign_note(std::string_view text, const std::string& name,
                                std::string_view seed) {
  const auto public_key = ed25519_public_key(seed);
  if (!public_key)
    return public_key.error();
  const auto signature = ed25519_sign(seed, text);
  if (!signature)
    return signature.error();
  std::string out{text};
  out += '\n';
  out += signature_begin;
  out += name + ' ' + to_base64(note_key{name, *public_key}.id() + *signature) + '\n';
  return out;
}

expected<signed_note> parse_note(std::string_view x) {
  if (x.size() > most_note_bytes)
    return bad_note("it is longer than 1 MiB");
  if (!is_utf8(x))
    return bad_note("it is not UTF-8");
  if (std::any_of(x.begin(), x.end(), [](char c) {
        return (static_cast<unsigned char>(c) < ' ' && c != '\n') || c == 0x7f;
      }))
    return bad_note("it has control characters");
  const auto end = x.rfind("\n\n");
  if (end == std::string_view::npos || !x.ends_with('\n'))
    return bad_note("the empty line before the signatures, or the last line end, is missing");
  signed_note out{std::string{x.substr(0, end + 1)}, {}};
  for (auto rest = x.substr(end + 2); !rest.empty();) {
    const auto line = rest.substr(0, rest.find('\n'));
    rest.remove_prefix(line.size() + 1);
    auto signature = signature_from(line);
    if (!signature)
      return bad_note("a line after the empty one is not a signature");
    if (out.signatures.size() == most_signatures)
      return bad_note("there are more than 100 signatures");
    out.signatures.push_back(std::move(*signature));
  }
  if (out.signatures.empty())
    return bad_note("the signature is missing");
  return out;
}

bool is_signed_by(const signed_note& x, const note_key& key) {
  bool found = false;
  const auto id = key.id();
  for (const auto& y : x.signatures)
    if (y.name == key.name && y.key_id == id) {
      if (!ed25519_verify(key.public_key, x.text, y.signature))
        return false;
      found = true;
    }
  return found;
}

} // namespace carillon
