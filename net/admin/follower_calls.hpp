#pragma once

#include "net/admin/operations.hpp"

namespace carillon::admin {

/// Whether a follower serves this call (docs/cluster.md): it publishes, reads the log, or reads the
/// state, and asks no actor that only the owner has. Another one is the owner's.
/// @param query parameters of the call: some let a call that reads ask further
bool is_served_by_follower(const operation& at, const parameters& query);

} // namespace carillon::admin
