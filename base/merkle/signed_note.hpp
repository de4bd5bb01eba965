#pragma once

#include "base/failure.hpp"

#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace carillon {

// Signed notes (https://c2sp.org/signed-note) with Ed25519: a text, an empty line, and lines
// `— <name> <base64 of key id and signature>`.

/// A public key with its name, as verifiers keep it: `<name>+<key id>+<base64>`.
struct note_key {
  /// Not empty; without white space and `+`.
  std::string name;
  /// 32 bytes.
  std::string public_key;

  /// Four bytes: the beginning of SHA-256(name ‖ LF ‖ 0x01 ‖ public key).
  std::string id() const;

  /// Reads `text`; empty for anything else, an id that does not fit included.
  static std::optional<note_key> parse(std::string_view text);

  std::string text() const;

  friend bool operator==(const note_key&, const note_key&) = default;
};

/// True for a name that a key may have.
bool is_note_name(std::string_view x) noexcept;

struct note_signature {
  std::string name;
  /// Four bytes.
  std::string key_id;
  std::string signature;
};

/// A note whose form is right. Nothing is verified.
struct signed_note {
  /// With its last line end.
  std::string text;
  /// 1–100.
  std::vector<note_signature> signatures;
};

/// @param text ends with a line end, and has no empty line at its end
/// @param seed of the Ed25519 key, 32 bytes
/// Errors: `internal` if OpenSSL fails.
expected<std::string> sign_note(std::string_view text, const std::string& name,
                                std::string_view seed);

/// Errors: `invalid_argument`, with the fault: not UTF-8, control characters, no signature, a
/// signature line of another form, more than 1 MiB.
expected<signed_note> parse_note(std::string_view x);

/// True if this key has signed the note, and no signature under its name and id is wrong.
bool is_signed_by(const signed_note& x, const note_key& key);

} // namespace carillon
