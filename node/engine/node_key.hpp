#pragma once

#include "base/crypto/secret_box.hpp"
#include "base/failure.hpp"
#include "persistence/state/state_store.hpp"

#include <string>

namespace carillon {

/// Checks whether a missing key file may be made. It may not if the store knows a key: that key is
/// lost. Errors: `conflict`, and those of the store.
expected<void> check_key_file(state_store& state, const std::string& file, bool adopt);

/// Compares the node's key with the key that sealed the store's secrets, and notes it in a store
/// that knows none. So a node with another key file reports it before it sends anything, and
/// neither stops silently nor seals more with that key.
/// @param file for the message
/// @param adopt accepts another key from now on; secrets sealed with the previous key stay sealed
/// @return a warning for the operator, empty if there is none
/// Errors: `conflict` for another key, and those of the store.
expected<std::string> check_node_key(state_store& state, const secret_box& key,
                                     const std::string& file, bool adopt);

} // namespace carillon
