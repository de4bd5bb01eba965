#pragma once

#include "base/failure.hpp"
#include "base/merkle/checkpoint.hpp"
#include "base/merkle/proofs.hpp"
#include "base/merkle/signed_note.hpp"
#include "messages/evidence/event_leaf.hpp"
#include "messages/evidence/requests.hpp"

#include <string>
#include <string_view>

namespace carillon {

/// Everything that proves to somebody with the public key that an event is in the log, and was
/// there unchanged when the checkpoint was signed. It tells the event.
struct event_proof {
  event_ptr event;
  event_salts salts;
  tree_path path;
  /// A signed note with a checkpoint of more events than `event->seq - 1`.
  std::string checkpoint;
};

/// One JSON object; docs/evidence.md names its members.
std::string json_of(const event_proof& x);

/// Inverse. Errors: `malformed_json`, `invalid_argument` with the member at fault.
expected<event_proof> event_proof_from(std::string_view json);

/// What a proof proves: the checkpoint that vouches for it. Errors: `invalid_argument`, with the
/// fault: another key, a wrong signature, an event, salt or path that does not lead to the root.
expected<checkpoint> check_proof(const event_proof& x, const note_key& key);

/// A signed note with a checkpoint. Errors: `invalid_argument`, with the fault.
expected<checkpoint> checkpoint_of(std::string_view note);

/// The same, signed by this key.
expected<checkpoint> checkpoint_of(std::string_view note, const note_key& key);

/// Proves that a log was only added to from one size to another.
struct consistency_proof {
  uint64_t from = 0;
  uint64_t to = 0;
  tree_hash from_root{};
  tree_hash to_root{};
  tree_path path;
};

/// One JSON object; docs/evidence.md names its members.
std::string json_of(const consistency_proof& x);

} // namespace carillon
