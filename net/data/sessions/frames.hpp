#pragma once

#include "messages/sessions/live_event.hpp"
#include "messages/sessions/session.hpp"

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>

namespace carillon::sessions {

// The messages of sessions as bytes: frames of RFC 6455, server side, or fields of Server-Sent
// Events (WHATWG HTML section 9.2).

/// The header of an unmasked frame of the last (or only) fragment, RFC 6455 section 5.2.
void append_frame_header(std::string& out, uint8_t opcode, size_t payload_bytes);

/// A text as one message of the wire. On `server_sent` it is a message of the type `name`, a word
/// of the protocol, with a `data` line for each line of the text: CR, LF and CRLF end one there,
/// and the client puts LF between them. Every text yields exactly one message.
std::string frame_of(session_wire wire, std::string_view name, std::string_view text);

/// An event; made once for all sessions.
const shared_text& frame_of(const live_event& x, session_wire wire);

/// The frames of all events of a segment as one text; made once for all sessions.
const shared_text& frames_of(const live_segment& x, session_wire wire);

/// Tells the client its position; on `server_sent` a field that is no message.
/// @param bookmark see `session_link::report`
std::string position_frame(session_wire wire, position x, std::string_view bookmark = {});

/// The last bytes of a session: the close frame, or the message `end`.
/// @param resume position to resume from; 0 = none is told on `websocket`
std::string end_frame(session_wire wire, session_close why, position resume);

/// A ping without payload, RFC 6455 section 5.5.2.
std::string ping_frame();

} // namespace carillon::sessions
