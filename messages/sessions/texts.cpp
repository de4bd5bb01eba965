#include "messages/sessions/texts.hpp"

#include "base/json/appender.hpp"
#include "base/json/strict_json.hpp"
#include "messages/codec/codec.hpp"
#include "messages/events/event.hpp"

#include <algorithm>

namespace carillon {

namespace {

expected<std::vector<type_pattern>> patterns_of(const rapidjson::Value& types) {
  constexpr rapidjson::SizeType most = 100;
  if (!types.IsArray() || types.Size() > most)
    return failure{ec::invalid_argument, "types is an array of at most 100 patterns", "types"};
  std::vector<type_pattern> out;
  for (const auto& x : types.GetArray()) {
    if (!x.IsString())
      return failure{ec::invalid_argument, "types is an array of strings", "types"};
    auto pattern = type_pattern::parse(view_of(x));
    if (!pattern)
      return pattern.error();
    out.push_back(std::move(*pattern));
  }
  return out;
}

} // namespace

std::string to_json(const hello_text& x) {
  std::string out;
  json_appender json{out};
  json.begin_object()
    .member("op", "hello")
    .member("session", std::to_string(x.session))
    .member_or_null("userId", x.who.user_id)
    .member_or_null("companyId", x.who.company_id)
    .member("head", x.head)
    .member("heartbeatMs", int64_t{x.heartbeat.count()});
  if (!x.bookmark.empty())
    json.member("bookmark", x.bookmark);
  if (!x.history.empty())
    json.member("history", x.history);
  json.end_object();
  return out;
}

std::string subscribed_json(const std::vector<type_pattern>& types, const payload_filter& filter) {
  std::string out;
  json_appender json{out};
  json.begin_object().member("op", "subscribed").begin_array("types");
  for (const auto& x : types)
    json.item(x.text());
  json.end_array();
  if (!filter.is_everything())
    json.raw("filter", filter.text());
  json.end_object();
  return out;
}

std::string position_json(position x, std::string_view bookmark) {
  std::string out;
  json_appender json{out};
  json.begin_object().member("op", "position").member("seq", x);
  if (!bookmark.empty())
    json.member("bookmark", bookmark);
  json.end_object();
  return out;
}

std::string gap_json(position from, position to) {
  std::string out;
  json_appender{out}
    .begin_object()
    .member("op", "gap")
    .member("from", from)
    .member("to", to)
    .end_object();
  return out;
}

std::string history_gap_json(position from, position to, std::string_view history) {
  std::string out;
  json_appender{out}
    .begin_object()
    .member("op", "gap")
    .member("from", from)
    .member("to", to)
    .member("history", history)
    .member("after", from - 1)
    .end_object();
  return out;
}

failure with_place(failure x) {
  x.detail += ", at " + x.field;
  return x;
}

std::string error_json(const failure& x) {
  std::string out;
  json_appender{out}
    .begin_object()
    .member("op", "error")
    .member_or_null("code", name_of(x.code))
    .member_or_null("message", x.detail)
    .end_object();
  return out;
}

expected<session_command> parse_command(std::string_view text) {
  auto json = parse_strict_object(text, event_limits::json_depth);
  if (!json)
    return json.error();
  auto name = find_text(*json, "op");
  if (!name)
    return failure{ec::malformed_json, "a message has an op", "op"};
  auto op = std::find(session_commands.begin(), session_commands.end(), *name);
  if (op == session_commands.end())
    return failure{ec::not_found, "op is subscribe or ping", "op"};
  session_command out;
  out.op = static_cast<session_command::operation>(op - session_commands.begin());
  if (out.op == session_command::operation::ping)
    return out;
  const auto* types = find_member(*json, "types");
  if (types == nullptr)
    return failure{ec::invalid_argument, "subscribe names types", "types"};
  auto patterns = patterns_of(*types);
  if (!patterns)
    return patterns.error();
  out.types = std::move(*patterns);
  const auto* filter = find_member(*json, "filter");
  if (filter == nullptr || filter->IsNull())
    return out;
  auto parsed = payload_filter::parse(member_text(text, "filter"));
  if (!parsed)
    return with_place(parsed.error());
  out.filter = std::move(*parsed);
  return out;
}

} // namespace carillon
