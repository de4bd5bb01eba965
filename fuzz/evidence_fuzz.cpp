// What an auditor is given: proofs of events, checkpoints, public keys. What is read is written the
// same again, and nothing is proven by a key that has signed nothing.

#include "base/merkle/checkpoint.hpp"
#include "base/merkle/signed_note.hpp"
#include "fuzz/require.hpp"
#include "messages/evidence/event_proof.hpp"
#include "messages/evidence/head_text.hpp"

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>

using namespace carillon;

namespace {

void check_note(std::string_view text) {
  // The example of golang.org/x/mod/sumdb/note, whose private key nobody here has.
  static const auto key
    = note_key::parse("PeterNeumann+c74f20a3+ARpc2QcUPDhMQegwxbzhKqiBfsVkmqq/LDE4izWy10TW");
  const auto note = parse_note(text);
  if (note && is_signed_by(*note, *key))
    fuzz::require(note->text.starts_with("If you think cryptography is the answer"));
  const auto kept = notes_of(text);
  std::string again;
  for (const auto& x : kept.notes) {
    fuzz::require(checkpoint_of(x).has_value());
    again += x + '\n';
  }
  fuzz::require(notes_of(again).notes == kept.notes);
}

void check_event_proof(std::string_view text) {
  static const note_key nobody{"carillon/nobody", std::string(32, '\x07')};
  const auto proof = event_proof_from(text);
  if (!proof)
    return;
  fuzz::require(!check_proof(*proof, nobody).has_value());
  const auto written = json_of(*proof);
  const auto again = event_proof_from(written);
  fuzz::require(again.has_value() && json_of(*again) == written);
  fuzz::require(again->salts == proof->salts && again->path == proof->path);
}

} // namespace

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  const std::string_view text{reinterpret_cast<const char*>(data), size};
  if (const auto head = checkpoint::parse(text))
    fuzz::require(head->text() == text);
  if (const auto key = note_key::parse(text))
    fuzz::require(key->text() == text);
  check_note(text);
  check_event_proof(text);
  return 0;
}
