#pragma once

#include "net/http/admission.hpp"
#include "net/http/request_head.hpp"

#include <optional>
#include <string>
#include <string_view>

namespace carillon::sessions {

/// True if a list of tokens (RFC 9110 section 5.6.1) has this one, in any case.
bool has_token(std::string_view list, std::string_view token);

/// Why the fields are no opening handshake of WebSocket (RFC 6455 section 4.2.1).
std::optional<data::refusal> check_handshake(const data::request_head& head);

/// Value of `Sec-WebSocket-Accept`: RFC 6455 section 4.2.2, item 5.4.
std::string accept_of(std::string_view key);

} // namespace carillon::sessions
