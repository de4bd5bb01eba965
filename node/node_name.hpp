#pragma once

#include "messages/state/nodes.hpp"

#include <string>

namespace carillon {

/// The name of the machine as it has it; `node` if it has none.
std::string name_of_machine();

/// Fills in what is missing: the name is that of the machine, the incarnation is random. Throws
/// what `std::random_device` throws.
node_identity complete(node_identity x);

} // namespace carillon
