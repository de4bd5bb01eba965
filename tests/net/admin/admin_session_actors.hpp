#pragma once

#include "messages/sessions/interfaces.hpp"
#include "tests/net/admin/admin_data.hpp"

namespace carillon::test {

/// Adds an open session of a user of a company.
session_info& add_session(admin_data& data, uint64_t id, const std::string& user,
                          const std::string& company);

/// A session hub for `admin_data::sessions`; it removes the sessions that it ends.
session_hub_actor::behavior_type admin_session_hub(session_hub_actor::pointer self,
                                                   admin_data* data);

} // namespace carillon::test
