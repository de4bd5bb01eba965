#pragma once

#include "persistence/state/audit_seal.hpp"
#include "persistence/storage.hpp"

#include <string>

namespace carillon::commands {

/// The seal of a store's audit log, for a command that opens the store itself. What writes to the
/// state calls `seal_offline` first, or the log ends without a seal.
/// @param key_file empty = the store's own
/// Null if the node's key is not here. Errors: those of `secret_box::open`.
expected<audit_seal_ptr> seal_of(const storage& store, const std::string& key_file);

/// Has what is written to the state from now on sealed, if the node's key is here. Errors: those of
/// `state_store::seal_audit`.
expected<void> seal_offline(storage& store, state_store& state);

} // namespace carillon::commands
