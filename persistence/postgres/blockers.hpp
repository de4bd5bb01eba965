#pragma once

#include "persistence/postgres/connection.hpp"

#include <functional>
#include <string>

namespace carillon::postgres {

/// Hears, on any thread, what the operator should know at once.
using trouble_listener = std::function<void(const std::string&)>;

/// Who holds one of our advisory locks beside this connection: `role shop, pid 123` and its
/// program, as far as our role may see it; empty if nobody does. Outside of transactions. Throws.
std::string holders_of(connection& db, advisory x);

/// If a wait for the lock was too long, tells of who holds it. After the rollback.
void tell_of_blockers(connection& db, advisory x, const std::exception& error,
                      const trouble_listener& tell) noexcept;

} // namespace carillon::postgres
