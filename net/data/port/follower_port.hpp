#pragma once

#include "net/data/port/data_port.hpp"
#include "net/http/follower.hpp"

namespace carillon {

/// Starts the data port of a follower: `POST /api/events`, `GET /ws` and `GET /api/events/stream`
/// as on every node, and 503 `not_owner` for what its owner serves. Parts of the backend that only
/// the owner has are null. Errors as for `data_port::start`.
expected<std::unique_ptr<data_port>> start_follower_data_port(const data_port_options& options,
                                                              data_port_backend backend,
                                                              data::follower_view view);

} // namespace carillon
