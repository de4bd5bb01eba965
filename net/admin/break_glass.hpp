#pragma once

#include "net/admin/call.hpp"

namespace carillon::admin {

/// Tells of a call with a break-glass key: by a row of the audit log before the call does anything,
/// and by an alert. Errors: those of the store; then the call is not made.
expected<void> tell_break_glass(const call& c);

} // namespace carillon::admin
