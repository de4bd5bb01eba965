#include "messages/sessions/texts.hpp"

#include "base/json/strict_json.hpp"
#include "messages/codec/codec.hpp"
#include "messages/events/event.hpp"

#include <algorithm>

namespace carillon {

namespace {

void append_member(std::string& out, std::string_view name, std::string_view text) {
  out += ",\"";
  out += name;
  out += "\":";
  if (text.empty())
    out += "null";
  else
    append_json_string(out, text);
}

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
  std::string out = R"({"op":"hello","session":")" + std::to_string(x.session) + '"';
  append_member(out, "userId", x.who.user_id);
  append_member(out, "companyId", x.who.company_id);
  out += R"(,"head":)" + std::to_string(x.head) + R"(,"heartbeatMs":)"
         + std::to_string(x.heartbeat.count()) + '}';
  return out;
}

std::string subscribed_json(const std::vector<type_pattern>& types) {
  std::string out = R"({"op":"subscribed","types":[)";
  for (const auto& x : types) {
    if (out.back() != '[')
      out += ',';
    append_json_string(out, x.text());
  }
  return out + "]}";
}

std::string position_json(position x) {
  return R"({"op":"position","seq":)" + std::to_string(x) + '}';
}

std::string gap_json(position from, position to) {
  return R"({"op":"gap","from":)" + std::to_string(from) + R"(,"to":)" + std::to_string(to) + '}';
}

std::string error_json(const failure& x) {
  std::string out = R"({"op":"error")";
  append_member(out, "code", name_of(x.code));
  append_member(out, "message", x.detail);
  return out + '}';
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
  return out;
}

} // namespace carillon
