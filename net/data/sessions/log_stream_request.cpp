#include "net/data/sessions/log_stream_request.hpp"

#include "base/text/ascii.hpp"
#include "messages/events/bookmark.hpp"
#include "messages/events/log_history.hpp"

#include <string>
#include <utility>

namespace carillon::sessions {

namespace {

expected<void> take_since(std::string_view text, const char* field, session_request& out) {
  auto found = bookmark_from(text);
  if (!found) {
    auto of_history = history_position_from(text);
    if (!of_history)
      return failure{found.error().code, found.error().detail, field};
    out.since = of_history->seq;
    out.scope->history = std::move(of_history->history);
    return {};
  }
  out.since = found->seq;
  out.scope->mark = std::move(found->mark);
  return {};
}

expected<void> take_company(const principal& who, const std::string& value, session_request& out) {
  if (value.empty() || !is_identifier(value))
    return failure{ec::invalid_argument, "this is not an identifier", "companyId"};
  if (!who.may_see(value))
    return failure{ec::forbidden, "this API key sees its own company only", "companyId"};
  out.scope->company_id = value;
  return {};
}

expected<void> take_field(const principal& who, const std::string& name, const std::string& value,
                          session_request& out) {
  if (name == "since")
    return take_since(value, "since", out);
  if (name == "companyId")
    return take_company(who, value, out);
  if (name == "types") {
    auto types = parse_patterns(value);
    if (!types)
      return types.error();
    out.types = std::move(*types);
    return {};
  }
  if (name == "filter") {
    auto filter = payload_filter::parse(value);
    if (!filter)
      return filter.error();
    out.filter = std::move(*filter);
    return {};
  }
  if (name == "history") {
    if (value.empty() || !is_identifier(value))
      return failure{ec::invalid_argument, "this is not an id of a history", "history"};
    out.scope->history = value;
    return {};
  }
  // Every log stream waits for its reader.
  if (name == "slow" && value == "catchup")
    return {};
  return failure{ec::invalid_argument, "there is no such parameter for an API key", name};
}

} // namespace

bool is_api_key(std::string_view bearer) noexcept {
  return trimmed(bearer).starts_with("ck_");
}

expected<session_request> log_stream_request(const principal& who, const parameters& all,
                                             std::string_view last_event_id) {
  if (!who.may_stream())
    return failure{ec::forbidden, "this API key may not read the log", {}};
  session_request out;
  out.identity.who.company_id = who.company_id;
  auto& scope = out.scope.emplace();
  if (who.is_bound())
    scope.company_id = who.company_id;
  for (const auto& [name, value] : all)
    if (auto wrong = take_field(who, name, value, out); !wrong)
      return wrong.error();
  if (!last_event_id.empty())
    if (auto wrong = take_since(last_event_id, "Last-Event-ID", out); !wrong)
      return wrong.error();
  return out;
}

} // namespace carillon::sessions
