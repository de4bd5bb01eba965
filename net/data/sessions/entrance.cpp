#include "net/data/sessions/entrance.hpp"

#include "messages/events/log_history.hpp"
#include "messages/sessions/texts.hpp"
#include "net/auth/token/token_verifier.hpp"
#include "net/data/sessions/handshake.hpp"
#include "net/data/sessions/log_stream_request.hpp"
#include "net/data/sessions/query.hpp"

#include <boost/beast/core/string.hpp>
#include <boost/beast/http/rfc7230.hpp>

#include <algorithm>
#include <random>

namespace carillon::sessions {

namespace {

using boost::beast::iequals;
using boost::beast::http::verb;
using data::admission;
using data::refusal;
using data::request_head;
using data::route;
using data::session_start;

constexpr std::string_view protocol_name = "carillon.v1";

refusal refuse(ec code, std::string detail, std::string field = {}) {
  return {.why = {code, std::move(detail), std::move(field)}};
}

/// The subprotocol offered after the protocol's name, where a browser can put a token.
std::string_view offered_token(std::string_view protocols) {
  boost::beast::http::token_list all{{protocols.data(), protocols.size()}};
  auto name = std::find(all.begin(), all.end(), protocol_name);
  if (name == all.end() || ++name == all.end())
    return {};
  return {name->data(), name->size()};
}

/// The token of `Authorization: Bearer`; none for other schemes.
std::string_view bearer_of(std::string_view authorization) {
  constexpr std::string_view scheme = "bearer ";
  if (authorization.size() <= scheme.size()
      || !iequals(authorization.substr(0, scheme.size()), scheme))
    return {};
  return authorization.substr(scheme.size());
}

/// A token has three parts; the next subprotocol may also be another protocol.
bool is_like_token(std::string_view x) {
  return std::count(x.begin(), x.end(), '.') == 2;
}

/// Random reconnection time of a stream's client, in milliseconds.
int retry_ms() {
  thread_local std::minstd_rand random{std::random_device{}()};
  constexpr int least = 1'000;
  constexpr int most = 5'000;
  return std::uniform_int_distribution<int>{least, most}(random);
}

/// Reads a position, with or without its history.
bool take_position(std::string_view text, session_request& out) {
  auto found = history_position_from(text);
  if (!found)
    return false;
  out.since = found->seq;
  out.history = std::move(found->history);
  return true;
}

/// Reads one parameter of the query.
expected<void> take(const std::string& name, const std::string& value, session_request& out) {
  if (name == "types") {
    auto types = parse_patterns(value);
    if (!types)
      return types.error();
    out.types = std::move(*types);
  } else if (name == "filter") {
    auto filter = payload_filter::parse(value);
    if (!filter)
      return with_place(filter.error());
    out.filter = std::move(*filter);
  } else if (name == "since") {
    if (!take_position(value, out))
      return failure{ec::invalid_argument, "since is a position", "since"};
  } else if (name == "slow") {
    if (value != "catchup")
      return failure{ec::invalid_argument, "slow is catchup, or not given", "slow"};
    out.catch_up = true;
  } else if (name != "token" && name != "user" && name != "company") {
    return failure{ec::invalid_argument, "there is no such parameter", name};
  }
  return {};
}

} // namespace

bool entrance::is_allowed(std::string_view origin) const {
  // Not a browser, where foreign pages could act for the user.
  if (origin.data() == nullptr)
    return true;
  const auto& all = options_.origins;
  return std::any_of(all.begin(), all.end(),
                     [&](const auto& x) { return x == "*" || iequals(x, origin); });
}

expected<session_identity> entrance::identify(const parameters& all,
                                              const credentials& given) const {
  auto token = given.bearer.empty() ? given.offered : given.bearer;
  session_identity made_up;
  bool named = false;
  for (const auto& [name, value] : all) {
    if (name == "token" && !value.empty())
      token = value;
    if (!options_.dev_identities || (name != "user" && name != "company"))
      continue;
    if (!value.empty() && !is_identifier(value))
      return failure{ec::invalid_argument, "this is not an identifier", name};
    (name == "user" ? made_up.who.user_id : made_up.who.company_id) = value;
    named = true;
  }
  if (token.empty() && (named || options_.dev_identities))
    return made_up;
  if (tokens_ == nullptr)
    return failure{ec::unauthenticated, "this node takes no tokens: it has no key for them", {}};
  if (token.empty())
    return failure{ec::unauthenticated, "a token is missing", {}};
  return tokens_->verify(token, wall_clock_now());
}

expected<session_identity> entrance::identify(const request_head& head, parameters all) const {
  // Addresses are logged, and so a token may be in one only where a client has no other place.
  std::erase_if(all, [](const auto& x) { return x.first == "token"; });
  return identify(all, credentials{bearer_of(head.authorization), {}});
}

std::optional<refusal> entrance::check_common(const request_head& head,
                                              const credentials& given) const {
  if (head.method != verb::get) {
    auto out = refuse(ec::method_not_allowed, "this path takes GET");
    out.allow = "GET";
    return out;
  }
  if (!is_allowed(head.origin))
    return refuse(ec::forbidden, "sessions from this origin are not allowed", "Origin");
  if (head.has_body())
    return refuse(ec::invalid_argument, "a session has no body");
  // RFC 6750 section 2: otherwise a proxy and we could use different ones.
  size_t tokens = (given.bearer.empty() ? 0U : 1U) + (is_like_token(given.offered) ? 1U : 0U);
  if (auto all = parameters_of(head.target))
    tokens += static_cast<size_t>(std::count_if(all->begin(), all->end(), [](const auto& x) {
      return x.first == "token" && !x.second.empty();
    }));
  if (tokens > 1)
    return refuse(ec::invalid_argument,
                  "a request brings one token, this one " + std::to_string(tokens)
                    + ": in Authorization, as the parameter token, or as a subprotocol",
                  "token");
  return std::nullopt;
}

/// Reads the identity and the query.
expected<void> entrance::take_request(const request_head& head, const credentials& given,
                                      session_request& out) const {
  auto all = parameters_of(head.target);
  if (!all)
    return failure{ec::invalid_argument, "the query cannot be understood", {}};
  auto who = identify(*all, given);
  if (!who)
    return who.error();
  out.identity = std::move(*who);
  for (const auto& [name, value] : *all) {
    if (!options_.dev_identities && (name == "user" || name == "company"))
      return failure{ec::invalid_argument, "a token tells who it is", name};
    if (auto wrong = take(name, value, out); !wrong)
      return wrong;
  }
  return {};
}

/// A request with an API key instead of a token is for a log stream. Its clients are no pages, so
/// that it is refused by a status.
/// @return false if it has no API key
bool entrance::open_log_stream(const request_head& head, admission& out) const {
  if (!is_api_key(bearer_of(head.authorization)))
    return false;
  auto who = keys_.authenticate(head.authorization, head.certificate);
  if (!who) {
    out.refused = refusal{.why = std::move(who).error()};
    return true;
  }
  auto all = parameters_of(head.target);
  if (!all) {
    out.refused = refuse(ec::invalid_argument, "the query cannot be understood");
    return true;
  }
  auto request = log_stream_request(*who, *all, head.last_event_id);
  if (!request) {
    if (request.error().code == ec::forbidden)
      out.denied = data::denial{.who = actor_name(*who), .action = {}};
    out.refused = refusal{.why = std::move(request).error()};
    return true;
  }
  request->scope->is_admitted
    = [keys = &keys_, key = std::string{head.authorization}, shown = std::string{head.certificate},
       company = std::move(who->company_id)] {
        auto now = keys->authenticate(key, shown);
        return now && now->may_stream() && now->company_id == company;
      };
  out.session.emplace().request = std::move(*request);
  return true;
}

admission entrance::judge_socket(const request_head& head) const {
  admission out{.to = route::socket};
  const credentials given{bearer_of(head.authorization), offered_token(head.websocket_protocol)};
  out.refused = check_common(head, given);
  if (!out.refused)
    out.refused = check_handshake(head);
  if (out.refused)
    return out;
  session_start start;
  if (open_log_stream(head, out)) {
    if (out.refused)
      return out;
    start = std::move(*out.session);
  }
  start.accept = accept_of(head.websocket_key);
  if (has_token(head.websocket_protocol, protocol_name))
    start.protocol = protocol_name;
  if (!start.request.scope)
    if (auto taken = take_request(head, given, start.request); !taken)
      start.refused = taken.error();
  out.session = std::move(start);
  return out;
}

admission entrance::judge_stream(const request_head& head) const {
  admission out{.to = route::stream};
  const credentials given{bearer_of(head.authorization), {}};
  out.refused = check_common(head, given);
  if (out.refused)
    return out;
  if (open_log_stream(head, out)) {
    if (out.session) {
      out.session->request.one_way = true;
      out.session->origin = std::string{head.origin};
    }
    return out;
  }
  session_start start;
  start.request.one_way = true;
  if (auto taken = take_request(head, given, start.request); !taken) {
    out.refused = refusal{.why = taken.error()};
    return out;
  }
  if (!head.last_event_id.empty()) {
    if (!take_position(head.last_event_id, start.request)) {
      out.refused = refuse(ec::invalid_argument, "Last-Event-ID is a position", "Last-Event-ID");
      return out;
    }
  }
  start.origin = std::string{head.origin};
  out.session = std::move(start);
  return out;
}

std::string switching_answer(const session_start& x) {
  std::string out = "HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\n"
                    "Connection: Upgrade\r\nSec-WebSocket-Accept: ";
  out += x.accept;
  out += "\r\n";
  if (!x.protocol.empty()) {
    out += "Sec-WebSocket-Protocol: ";
    out += x.protocol;
    out += "\r\n";
  }
  return out + "\r\n";
}

std::string origin_fields(const session_start& x) {
  // Required for an EventSource of another origin to read it.
  if (x.origin.empty())
    return {};
  return "Access-Control-Allow-Origin: " + x.origin + "\r\nVary: Origin\r\n";
}

std::string stream_answer(const session_start& x, std::string_view date) {
  std::string out = "HTTP/1.1 200 OK\r\nContent-Type: text/event-stream\r\n"
                    "Cache-Control: no-store\r\nX-Accel-Buffering: no\r\n"
                    "X-Content-Type-Options: nosniff\r\nConnection: close\r\n";
  out += origin_fields(x);
  out += date;
  return out + "\r\nretry: " + std::to_string(retry_ms()) + '\n';
}

} // namespace carillon::sessions
