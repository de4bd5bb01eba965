#pragma once

#include "base/failure.hpp"
#include "messages/state/postgres_options.hpp"

#include <string>

namespace carillon::postgres {

/// Detects a pooler that gives every transaction another of the server's processes, as PgBouncer
/// does with `pool_mode = transaction`. The node's lock, pinned settings, prepared statements and
/// LISTEN would then be lost or belong to another client. Sets nothing, so that it leaves nothing
/// behind in the pool. A pooler that keeps sessions is fine.
///
/// Two connections ask in turns which process serves them. With sessions each always has its own; a
/// transaction pooler shows one of them twice within a few turns.
///
/// @param conninfo see `connection_string`
/// Errors: `invalid_argument`. Throws if there is no connection.
expected<void> refuse_transaction_pooler(const std::string& conninfo, const postgres_options& x);

} // namespace carillon::postgres
