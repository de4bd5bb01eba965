#pragma once

#include "messages/access/principal.hpp"
#include "messages/codec/codec.hpp"
#include "messages/sessions/session.hpp"

#include <boost/beast/http/verb.hpp>

#include <chrono>
#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace carillon::data {

/// What a request's first line and header fields say, as far as it matters here.
/// The views point into the receive buffer: valid while the header is judged. Of a list in several
/// lines (RFC 9110 section 5.3) they show all; what is no list and comes twice is refused.
struct request_head {
  boost::beast::http::verb method = boost::beast::http::verb::unknown;
  std::string_view target;
  /// Of the target in absolute form, else of the field (RFC 9112 section 3.2.2); it is valid.
  std::string_view host;
  std::string_view accept;
  std::string_view if_match;
  std::string_view if_none_match;
  std::string_view authorization;
  std::string_view content_type;
  std::string_view content_encoding;
  std::string_view expect;
  std::string_view origin;
  /// Of a preflight (Fetch section 3.3.2).
  std::string_view asks_method;
  std::string_view asks_fields;
  std::string_view last_event_id;
  /// `Carillon-Actor`, on the port for operators.
  std::string_view actor;
  /// Of an opening handshake (RFC 6455 section 4.2.1).
  std::string_view connection;
  std::string_view upgrade;
  std::string_view websocket_key;
  std::string_view websocket_version;
  std::string_view websocket_protocol;
  /// Attributes of the CloudEvents binary mode.
  std::vector<cloud_attribute> cloud;
  /// Empty if there is none or the body is chunked.
  std::optional<uint64_t> content_length;
  bool chunked = false;
  bool http11 = false;

  bool has_body() const noexcept {
    return chunked || content_length.value_or(0) > 0;
  }

  /// Makes it empty for the next request; keeps memory.
  void clear() {
    auto attributes = std::move(cloud);
    attributes.clear();
    *this = request_head{};
    cloud = std::move(attributes);
  }
};

/// Where a request goes: `ready` has its answer in the admission, `call` what serves it.
enum class route : uint8_t { none, ready, publish, socket, stream, call };

/// How events are written in a body.
enum class event_form : uint8_t {
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
  /// HTTP status if it is not that of the code, else 0.
  int status = 0;
  /// Value of `Allow` (405).
  std::string allow = {};
  /// Further whole lines of the header.
  std::string fields = {};
  /// What follows on this connection cannot or need not be understood.
  bool close = false;
};

/// An answer that is there as a whole.
struct whole_answer {
  int status = 200;
  std::string body = {};
  std::string media_type = "application/json";
  /// Further whole lines of the header.
  std::string fields = {};
};

/// A request that is served outside of its loop. Made when the header is judged, and so keeps what
/// it needs of it.
class handed_call {
public:
  /// To be called once, from any thread, or never.
  using reply = std::function<void(whole_answer)>;

  virtual ~handed_call() = default;

  /// Takes the complete request. Must not block.
  /// @param body valid during the call
  /// @param remote address of the client
  /// @param deadline when nobody waits for the answer any more
  virtual void serve(std::string_view body, std::string remote,
                     std::chrono::steady_clock::time_point deadline, reply to)
    = 0;
};

/// Who is refused what, for the event log.
struct denial {
  /// As `refused_access` has it.
  std::string who;
  std::string action;
};

/// How a session begins.
struct session_start {
  session_request request;
  /// Why there is no session after all; a page is shown no status of a handshake, and so is told
  /// by a message and the code of a close.
  std::optional<failure> refused;
  /// `Sec-WebSocket-Accept`.
  std::string accept;
  /// It offered the subprotocol `carillon.v1`.
  bool speaks_protocol = false;
  /// Where the page of a stream is from; empty if it is none's.
  std::string origin;
};

/// What the gate made of a request's head.
struct admission {
  route to = route::none;
  event_form form = event_form::json;
  /// Of the binary mode; empty if there is none.
  std::string content_type = {};
  principal who = {};
  /// Most bytes of the body, and of one that holds a single event.
  uint64_t body_limit = 0;
  uint64_t single_limit = 0;
  std::optional<refusal> refused = {};
  /// If the refusal is one of access.
  std::optional<denial> denied = {};
  /// For `call`.
  std::shared_ptr<handed_call> call = {};
  /// For `ready`.
  std::optional<whole_answer> answer = {};
  /// Whole lines for every answer: what a page of an allowed origin needs to read it.
  std::string cors = {};
  /// For `socket` and `stream`.
  std::optional<session_start> session = {};
};

} // namespace carillon::data
