#pragma once

#include "persistence/postgres/advisory.hpp"
#include "persistence/postgres/connection.hpp"

#include <functional>
#include <string>

namespace carillon::postgres {

/// Receives, on any thread, messages that the operator should see at once.
using trouble_listener = std::function<void(const std::string&)>;

/// Other connections that hold one of our advisory locks: `role shop, pid 123` and its program, as
/// far as our role may see it; empty if there are none. Outside of transactions. Throws.
std::string holders_of(connection& db, advisory x);

/// If a wait for the lock was too long, reports its holders. After the rollback.
void tell_of_blockers(connection& db, advisory x, const std::exception& error,
                      const trouble_listener& tell) noexcept;

} // namespace carillon::postgres
