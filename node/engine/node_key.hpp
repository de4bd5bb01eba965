#pragma once

#include "base/crypto/secret_box.hpp"
#include "base/failure.hpp"
#include "persistence/state/state_store.hpp"

#include <string>

namespace carillon {

/// Whether there may be made a key file if there is none: not where the store knows of a key, which
/// is missed then. Errors: `conflict`, and those of the store.
expected<void> check_key_file(state_store& state, const std::string& file, bool adopt);

/// Compares the node's key with what the store knows of the key that its secrets are sealed with,
/// and notes it in a store that knows of none: so a node that was given another key file says so
/// before it sends anything, and does not stand still in silence, or seal more with it.
/// @param file for the message
/// @param adopt takes another key from now on; what is sealed with the one before stays shut
/// @return a warning for the operator, empty if there is none
/// Errors: `conflict` for another key, and those of the store.
expected<std::string> check_node_key(state_store& state, const secret_box& key,
                                     const std::string& file, bool adopt);

} // namespace carillon
