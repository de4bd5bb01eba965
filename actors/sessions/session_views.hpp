#pragma once

#include "actors/sessions/session_index.hpp"
#include "messages/access/audit.hpp"
#include "messages/access/requests.hpp"
#include "messages/sessions/requests.hpp"

#include <cstdint>
#include <vector>

namespace carillon {

// What operators see of the open sessions, and which sessions they mean. Plain logic.

session_overview overview_of(const session_index& sessions, const get_session_overview& x);

session_list list_of(const session_index& sessions, const list_sessions& x);

/// The sessions that an operator ends, by id. Errors: `not_found` (also if there are none).
expected<std::vector<uint64_t>> sessions_to_end(const session_index& sessions,
                                                const disconnect_sessions& x);

/// The audit row of the end of so many sessions.
append_audit audit_of(const disconnect_sessions& x, size_t count, timestamp now);

} // namespace carillon
