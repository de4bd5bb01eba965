#pragma once

#include "base/failure.hpp"
#include "messages/access/principal.hpp"
#include "messages/sessions/session.hpp"
#include "messages/workers/worker_link.hpp"
#include "net/http/handed_call.hpp"

#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <utility>

namespace carillon::data {

/// Destination of a request: with `ready` the admission holds the answer, with `call` the handler.
enum class route : uint8_t { none, ready, publish, socket, stream, call };

/// Form of the events in a body.
enum class body_form : uint8_t {
  /// The form of the API: an object, or an array of them.
  json,
  /// CloudEvents 1.0.
  structured,
  structured_batch,
  binary,
};

/// A request that is answered with a problem.
struct refusal {
  failure why;
  /// HTTP status if it differs from that of the code, else 0.
  int status = 0;
  /// Value of `Allow` (405).
  std::string allow = {};
  /// Further whole lines of the header.
  std::string fields = {};
  /// The rest of this connection cannot or need not be parsed.
  bool close = false;
};

/// A refusal after which the rest of the connection is not read.
inline refusal last_refusal(ec code, std::string detail, int status = 0) {
  return {.why = {code, std::move(detail), {}},
          .status = status,
          .allow = {},
          .fields = {},
          .close = true};
}

/// A rejected access, for the event log.
struct denial {
  /// As in `refused_access`.
  std::string who;
  std::string action;
};

/// Start of a session.
struct session_start {
  session_request request;
  /// Why the session is rejected. A page cannot see the status of a handshake, so it gets a message
  /// and a close code.
  std::optional<failure> refused;
  /// `Sec-WebSocket-Accept`.
  std::string accept;
  /// The subprotocol that both speak; empty if the client offered none of ours.
  std::string_view protocol;
  /// It is a worker's connection, not a session; the link is still missing.
  std::optional<open_worker> worker = {};
  /// Of a worker: whether its API key still holds. Thread-safe.
  std::function<bool()> is_admitted = {};
  /// Origin of the page of a stream; empty without a page.
  std::string origin;
};

/// The gate's verdict on a request's head.
struct admission {
  route to = route::none;
  body_form form = body_form::json;
  /// Of the binary mode; empty if there is none.
  std::string content_type = {};
  principal who = {};
  /// Most bytes of the body, and of one that holds a single event.
  uint64_t body_limit = 0;
  uint64_t single_limit = 0;
  std::optional<refusal> refused = {};
  /// Set if the rejection concerns access.
  std::optional<denial> denied = {};
  /// For `call`.
  std::shared_ptr<handed_call> call = {};
  /// For `ready`.
  std::optional<whole_answer> answer = {};
  /// Whole lines for every answer, which let a page of an allowed origin read it.
  std::string cors = {};
  /// For `socket` and `stream`.
  std::optional<session_start> session = {};
};

} // namespace carillon::data
