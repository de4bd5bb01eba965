#pragma once

#include "net/admin/admin_port.hpp"
#include "net/http/follower.hpp"

namespace carillon {

/// Starts the admin port of a follower: what publishes and reads is answered as on every node, all
/// else with 503 `not_owner`; see `admin::is_served_by_follower`. Actors of the backend that only
/// the owner has are null. Errors as for `admin_port::start`.
expected<std::unique_ptr<admin_port>> start_follower_admin_port(const admin_port_options& options,
                                                                admin_port_backend backend,
                                                                data::follower_view view);

} // namespace carillon
