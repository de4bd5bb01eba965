#pragma once

#include "base/time.hpp"
#include "messages/events/event.hpp"
#include "messages/request.hpp"

#include <cstdint>
#include <memory>
#include <string>
#include <vector>

namespace carillon {

struct event_proof;
struct consistency_proof;

/// See `event_proof.hpp`.
using event_proof_ptr = std::shared_ptr<const event_proof>;

/// See `event_proof.hpp`.
using consistency_proof_ptr = std::shared_ptr<const consistency_proof>;

/// A signed head of the tree, as it is stored.
struct signed_head {
  uint64_t size = 0;
  timestamp time;
  /// The checkpoint, a signed note; empty if none was signed yet.
  std::string note = {};
};

/// A public key with which heads are, or were, signed.
struct listed_key {
  /// See `note_key::text`.
  std::string text;
  /// When the node used it first.
  timestamp since;
};

/// What a witness has of the log, since the start of the node.
struct witness_status {
  /// `file`, or scheme, host and port of a URL.
  std::string to;
  /// Of the newest head that it has taken; 0 = none yet.
  uint64_t size = 0;
  timestamp time = {};
  uint64_t failures = 0;
  /// Why it does not get the newest one; empty if it does. For operators.
  std::string trouble = {};
};

/// The newest signed head, all keys, the newest last, and the witnesses as they were named.
struct signed_state {
  signed_head head;
  std::vector<listed_key> keys;
  std::vector<witness_status> witnesses = {};
};

using signed_state_ptr = std::shared_ptr<const signed_state>;

/// Stores a signed head, in place of an earlier one of the same hour.
struct store_head {
  using answer = void;
  signed_head head;
  /// Tell it in the audit log as well, whose seal vouches for the row.
  bool record = false;
};

/// Requests about the tree that the state actor answers.
using evidence_requests = request_list<store_head>;

/// Asks for the newest signed head.
struct get_checkpoint {
  using answer = signed_state_ptr;
};

/// Asks for the proof of an event, by the newest checkpoint. Errors: `not_found`: there is no such
/// event, or no checkpoint covers it yet.
struct prove_event {
  using answer = event_proof_ptr;
  position seq = 0;
};

/// Asks for the proof that the log of `to` events begins with that of `from`. `to` 0 = the size of
/// the newest checkpoint. Errors: `invalid_argument`: a size beyond the newest checkpoint, or in
/// the wrong order.
struct prove_consistency {
  using answer = consistency_proof_ptr;
  uint64_t from = 0;
  uint64_t to = 0;
};

/// Requests that the sealer answers.
using sealer_requests = request_list<get_checkpoint, prove_event, prove_consistency>;

} // namespace carillon
