#pragma once

#include "base/failure.hpp"
#include "base/merkle/checkpoint.hpp"
#include "base/merkle/signed_note.hpp"
#include "messages/access/audit.hpp"
#include "messages/events/log_history.hpp"
#include "persistence/event_log.hpp"
#include "persistence/evidence/signed_past.hpp"
#include "persistence/state/state_store.hpp"

#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <vector>

namespace carillon {

/// What a check of the evidence is to be compared with.
struct evidence_check_request {
  /// Of the log, see `origin_of`.
  std::string origin;
  /// See `evidence_keys::salt`.
  std::string salt_key;
  /// Checkpoints that somebody kept elsewhere: signed notes, the newest last.
  std::vector<std::string> noted = {};
  /// What the node signed before, as told by others than its tree.
  std::vector<past_head> past = {};
  /// Why they cannot tell it, which is a fault; empty if they can.
  std::string past_fault = {};
  /// The key that the newest head must be signed with, so that there has to be one; empty = one of
  /// those that the store lists, which an intruder may have written, too.
  std::optional<note_key> key = {};
  /// Histories that the log had before: `noted` of one is compared up to where that was left.
  std::vector<former_history> former = {};
  /// Called with the events that were checked, and those that there are, now and then.
  std::function<void(uint64_t done, uint64_t total)> report = {};
};

/// Result of a check of the evidence.
struct evidence_verdict {
  bool valid = true;
  /// Position of the first event that is changed, missing, or more than there was.
  std::optional<position> first_bad_event = {};
  /// Number of the first row of the audit log that is not what a signed head says.
  std::optional<uint64_t> first_bad_row = {};
  /// Description of the fault; empty if there is none.
  std::string reason = {};
  /// Events that were read and hashed.
  uint64_t checked = 0;
  /// Events that the newest signed head covers; later ones have no evidence yet.
  uint64_t sealed = 0;
  /// Signed heads that were compared, `noted` included.
  uint64_t heads = 0;
  /// Root over the `sealed` events.
  tree_hash root{};
};

/// Recomputes the tree over the log from all its events, and compares it with what the store has of
/// it and with every signed head. Errors: `conflict` (the salt key is another one),
/// `invalid_argument` (`noted`), `store_unavailable`, `store_corrupt`.
expected<evidence_verdict> check_evidence(event_log& log, state_store& state,
                                          const evidence_check_request& x);

} // namespace carillon
