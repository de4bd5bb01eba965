#pragma once

#include "net/admin/call.hpp"

namespace carillon::admin {

/// What each handler made of an event, as JSON: `[{"name","state"}]`, the state one of
/// `done` (or not one for this handler), `pending`, `retrying`, `dead`. Derived from
/// cursors and rows of exceptions, since nothing is stored of what went well.
expected<std::string> handler_outcomes(const call& c, const event& x);

} // namespace carillon::admin
