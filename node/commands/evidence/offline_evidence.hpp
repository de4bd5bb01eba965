#pragma once

#include "base/failure.hpp"
#include "persistence/evidence/evidence_check.hpp"
#include "persistence/storage.hpp"

#include <optional>
#include <string>
#include <vector>

namespace carillon::commands {

/// What `audit verify` is to compare the tree over the log with.
struct evidence_flags {
  /// File with the node's key; empty = the store's own.
  std::string key_file;
  /// File with the checkpoint that was signed last; empty = `evidence.head` in the data directory.
  std::string head_file;
  /// Files with signed checkpoints, such as those of a witness.
  std::vector<std::string> checkpoints;
  /// A public key, as `GET /api/audit/checkpoint` has it; empty = any that the store lists.
  std::string public_key;
};

/// The salt key of a store's tree; empty if the node's key is missing. Errors: `not_found`
/// (`key_file` names no file), those of `secret_box::open`.
expected<std::optional<std::string>> evidence_salt(const storage& store,
                                                   const std::string& key_file);

/// The file with the checkpoint that was signed last.
/// @param given empty = the store's own
head_file head_file_of(const storage& store, const std::string& given);

/// The public key that a flag names. Errors: `invalid_argument`.
expected<note_key> public_key_from(const std::string& text);

/// Compares all events with the tree over the log, with a progress bar. Empty if the store has no
/// tree and nothing to compare with, or if the node's key is missing: `missing_key` is set then.
/// Errors: those of `check_evidence`, `invalid_argument` (a file or key of `flags`), `not_found`
/// (the node's key, where `flags` name a checkpoint or a key).
expected<std::optional<evidence_verdict>> check_offline(storage& store, state_store& state,
                                                        event_log& log, const evidence_flags& flags,
                                                        bool& missing_key);

/// Begins a new tree over the log, if the present one cannot go on: its key or its past is another
/// one, or the log is shorter. False if it goes on, or the node's key is missing.
expected<bool> restart_tree(storage& store, state_store& state, event_log& log,
                            const std::string& key_file, const std::string& given_head_file);

} // namespace carillon::commands
