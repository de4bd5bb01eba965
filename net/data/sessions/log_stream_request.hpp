#pragma once

#include "messages/access/principal.hpp"
#include "messages/sessions/session.hpp"
#include "net/data/sessions/query.hpp"

#include <string_view>

namespace carillon::sessions {

/// True for what an API key looks like, as opposed to a token.
bool is_api_key(std::string_view bearer) noexcept;

/// The request of an API key for a log stream: types, position and company from the query.
/// @param last_event_id of the header, before `since`; empty = none
/// Errors: `forbidden` (the key may not stream, or is of another company), `invalid_argument`.
expected<session_request> log_stream_request(const principal& who, const parameters& all,
                                             std::string_view last_event_id);

} // namespace carillon::sessions
