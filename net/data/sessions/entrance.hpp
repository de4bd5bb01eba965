#pragma once

#include "messages/sessions/session.hpp"
#include "net/auth/key_ring.hpp"
#include "net/data/port_options.hpp"
#include "net/data/sessions/query.hpp"
#include "net/http/admission.hpp"
#include "net/http/request_head.hpp"

#include <optional>
#include <string>
#include <string_view>

namespace carillon::sessions {

/// Checks a request for a session: the fields of the opening handshake (RFC 6455 section 4.2.1),
/// its origin, its identity, and its query. Thread-safe.
class entrance {
public:
  /// All outlive it; without a verifier no token is accepted.
  entrance(const session_port_options& options, const token_verifier* tokens, const key_ring& keys)
    : options_(options), tokens_(tokens), keys_(keys) {
  }

  /// `GET /ws`.
  data::admission judge_socket(const data::request_head& head) const;

  /// `GET /api/events/stream`.
  data::admission judge_stream(const data::request_head& head) const;

  /// The identity of a request that opens no session: by the token in `Authorization`, or by the
  /// query where that may name it. Errors: `unauthenticated`, `invalid_argument`.
  expected<session_identity> identify(const data::request_head& head, parameters all) const;

private:
  /// Tokens as received, by the place in the request.
  struct credentials {
    std::string_view bearer;
    std::string_view offered;
  };

  std::optional<data::refusal> check_common(const data::request_head& head,
                                            const credentials& given) const;
  expected<void> take_request(const data::request_head& head, const credentials& given,
                              session_request& out) const;
  expected<session_identity> identify(const parameters& all, const credentials& given) const;
  bool open_log_stream(const data::request_head& head, data::admission& out) const;
  bool is_allowed(std::string_view origin) const;

  const session_port_options& options_;
  const token_verifier* tokens_;
  const key_ring& keys_;
};

/// The answer to a handshake: 101, see RFC 6455 section 4.2.2.
std::string switching_answer(const data::session_start& x);

/// The lines of a header that let a page of another origin read the answer; empty without an
/// origin.
std::string origin_fields(const data::session_start& x);

/// The head of a stream of events, and its first field: the reconnection time in milliseconds. It
/// is random, so that the clients of a stopped node do not return all at once. No proxy or cache
/// may store any of it.
std::string stream_answer(const data::session_start& x, std::string_view date);

} // namespace carillon::sessions
