#pragma once

#include "base/failure.hpp"
#include "persistence/postgres/options.hpp"

#include <string>

namespace carillon::postgres {

/// Finds out whether a pooler is between us and the server that gives every transaction another of
/// the server's processes, as PgBouncer does with `pool_mode = transaction`: the lock of the node,
/// what a connection pins and prepares, and LISTEN would be lost or somebody else's. Sets nothing,
/// so that it leaves nothing behind in the pool. A pooler that keeps sessions whole is fine.
///
/// Two connections ask in turns by which process they are served. Within sessions each has its own,
/// always; a pooler that hands them out shows one of them twice within a few turns.
///
/// @param conninfo see `connection_string`
/// Errors: `invalid_argument`. Throws if there is no connection.
expected<void> refuse_transaction_pooler(const std::string& conninfo, const postgres_options& x);

} // namespace carillon::postgres
