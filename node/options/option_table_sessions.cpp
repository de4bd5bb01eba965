#include "node/options/option_table_sessions.hpp"

#include "node/options/list_kinds.hpp"
#include "node/options/number_kinds.hpp"
#include "node/options/option_kinds.hpp"
#include "node/options/option_member.hpp"

#include <chrono>

namespace carillon {

namespace {

using std::chrono::hours;
using std::chrono::milliseconds;

option_spec token_secret_option() {
  auto write = [](const std::string& x) { return x; };
  auto read = [](std::string_view text) -> expected<std::string> {
    if (!text.empty() && text.size() < min_secret_bytes)
      return failure{ec::invalid_argument,
                     "a secret has at least 32 bytes, this one " + std::to_string(text.size())
                       + ": take random ones",
                     {}};
    return std::string{text};
  };
  auto out = an_option(
    "jwt-secret", "Sessions", "TEXT",
    "Tokens signed with it by HS256 are valid; at least 32 bytes; better in the environment than "
    "in a flag",
    [](serve_options & x) -> auto& { return x.node.tokens.secret; }, write, read);
  out.is_secret = true;
  return out;
}

} // namespace

std::vector<option_spec> session_table() {
  const char* group = "Sessions";
  return {
    token_secret_option(),
    a_text("jwks-file", group, "FILE",
           "Keys of tokens by HS256, RS256, ES256, EdDSA as a JWK set; read again by SIGHUP",
           MEMBER(node.tokens.jwks_file)),
    a_text("jwt-issuer", group, "TEXT", "What `iss` of a token has to be; empty = anything",
           MEMBER(node.tokens.issuer)),
    a_text("jwt-audience", group, "TEXT",
           "What `aud` of a token has to hold; empty = anything, which the start warns of",
           MEMBER(node.tokens.audience)),
    a_duration("jwt-leeway", group, "By how much the clock of who issues tokens may be wrong",
               MEMBER(node.tokens.leeway), milliseconds{0}, hours{1}),
    some_texts("sessions-origins", group, "ORIGIN",
               "Pages of these origins may open sessions and publish, * = of all; what is no "
               "browser may anyway",
               MEMBER(node.data.sessions.origins)),
    a_count("sessions-max", group, "N", "Open sessions; one more gets 503",
            MEMBER(node.data.sessions.max_sessions), 1, 1'000'000),
    a_count("sessions-per-user", group, "N",
            "Open sessions of one user; one more gets quota_exceeded; 0 = no limit",
            MEMBER(node.engine.sessions.max_per_user), 0, 1'000'000),
    a_count("sessions-per-company", group, "N", "The same of one company; 0 = no limit",
            MEMBER(node.engine.sessions.max_per_company), 0, 1'000'000),
    a_count("log-streams", group, "N", "Open log streams of API keys; one more gets 503",
            MEMBER(node.engine.sessions.max_log_streams), 1, 10'000),
    a_duration("log-streams-grace", group,
               "How long the reader of a log stream may take nothing before it is closed with 4008",
               MEMBER(node.engine.sessions.session.stream_grace), milliseconds{1}, hours{1}),
    a_switch("sessions-metadata", group,
             "Sessions get the `metadata` of events, which else only the API shows",
             MEMBER(node.engine.sessions.session.metadata)),
    some_bytes("sessions-budget-bytes", group,
               "Unsent bytes of a session past which it gets no more for now",
               MEMBER(node.data.sessions.budget_bytes), 4 * kib, gib),
    a_duration("sessions-slow-grace", group,
               "How long a session may be past its budget before it is closed with 4008",
               MEMBER(node.engine.sessions.session.slow_grace), milliseconds{1}, hours{1}),
    a_duration("sessions-close-deadline", group,
               "A client that is told why its session ends has so long to take it",
               MEMBER(node.data.sessions.close_deadline), milliseconds{10}, hours{1}),
    some_bytes("sessions-message-bytes", group, "A message of a client; a larger one gets 1009",
               MEMBER(node.data.sessions.message_bytes), 128, 16 * mib),
    a_duration("sessions-heartbeat", group, "Between two pings, and two positions",
               MEMBER(node.data.sessions.heartbeat), milliseconds{10}, hours{1}),
    a_duration("sessions-gone-after", group,
               "A client is gone that neither sent nor took a byte for so long",
               MEMBER(node.data.sessions.gone_after), milliseconds{20}, hours{24}),
    a_count("sessions-history", group, "EVENTS",
            "Remembered for sessions that come back; what is older is read from the log",
            MEMBER(node.engine.sessions.history_events), 1, 10'000'000),
    some_bytes("sessions-history-bytes", group, "The same in bytes",
               MEMBER(node.engine.sessions.history_bytes), 4 * kib, 64 * gib),
  };
}

} // namespace carillon
