#pragma once

#include "messages/state/nodes.hpp"

namespace carillon {

/// Fills in what is missing: the name is that of the machine, the incarnation is random. Throws
/// what `std::random_device` throws.
node_identity complete(node_identity x);

} // namespace carillon
