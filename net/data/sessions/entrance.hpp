#pragma once

#include "messages/sessions/session.hpp"
#include "net/data/data_port.hpp"
#include "net/data/request_head.hpp"
#include "net/data/sessions/query.hpp"

#include <optional>
#include <string>
#include <string_view>

namespace carillon::sessions {

/// What comes before a session: the fields of the opening handshake (RFC 6455 section 4.2.1), the
/// page that it comes from, its identity, and what it asks for. Thread-safe.
class entrance {
public:
  /// Both outlive it; without a verifier there are no tokens.
  entrance(const session_port_options& options, const token_verifier* tokens)
    : options_(options), tokens_(tokens) {
  }

  /// `GET /ws`.
  data::admission judge_socket(const data::request_head& head) const;

  /// `GET /api/events/stream`.
  data::admission judge_stream(const data::request_head& head) const;

private:
  /// The places that a token may come in, as they came.
  struct credentials {
    std::string_view bearer;
    std::string_view offered;
  };

  std::optional<data::refusal> check_common(const data::request_head& head,
                                            const credentials& given) const;
  expected<void> take_request(const data::request_head& head, const credentials& given,
                              session_request& out) const;
  expected<session_identity> identify(const parameters& all, const credentials& given) const;
  bool is_allowed(std::string_view origin) const;

  const session_port_options& options_;
  const token_verifier* tokens_;
};

/// The answer to a handshake: 101, see RFC 6455 section 4.2.2.
std::string switching_answer(const data::session_start& x);

/// The lines of a header by which a page of another origin may read the answer; none if it is no
/// page's.
std::string origin_fields(const data::session_start& x);

/// The head of an answer that is a stream of events, and its first field: after how many
/// milliseconds a client comes back, which differ so that those of a node that stopped do not all
/// come at once. No proxy or cache is to keep any of it.
std::string stream_answer(const data::session_start& x, std::string_view date);

} // namespace carillon::sessions
