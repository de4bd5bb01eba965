#pragma once

#include "net/admin/operations.hpp"

#include <chrono>

namespace carillon::admin {

/// Answers a permitted request: checks it, runs the handler, and applies the preconditions (RFC
/// 9110 section 13). Does not throw; an exception of a handler becomes `internal`.
answer dispatch(context& ctx, const incoming& request, destination to, principal who,
                std::chrono::steady_clock::time_point deadline) noexcept;

} // namespace carillon::admin
