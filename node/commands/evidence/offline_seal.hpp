#pragma once

#include "persistence/state/operators/audit_seal.hpp"
#include "persistence/storage.hpp"

#include <string>

namespace carillon::commands {

/// The seal of a store's audit log, for a command that opens the store itself. Such a command calls
/// `seal_offline` before it writes to the state, or the log ends without a seal.
/// @param key_file empty = the store's own
/// Null if the node's key is missing. Errors: `not_found` (`key_file` names no file), those of
/// `secret_box::open`.
expected<audit_seal_ptr> seal_of(const storage& store, const std::string& key_file);

/// Seals later writes to the state, if the node's key is present. Errors: those of
/// `audit_store::seal`.
expected<void> seal_offline(storage& store, state_store& state);

} // namespace carillon::commands
