#include "messages/session_text.hpp"

#include "messages/codec.hpp"

#include <rapidjson/document.h>

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
    auto pattern = type_pattern::parse({x.GetString(), x.GetStringLength()});
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
  constexpr unsigned flags = rapidjson::kParseIterativeFlag;
  rapidjson::Document json;
  json.Parse<flags>(text.data(), text.size());
  if (json.HasParseError() || !json.IsObject())
    return failure{ec::malformed_json, "a message is a JSON object", {}};
  auto op = json.FindMember("op");
  if (op == json.MemberEnd() || !op->value.IsString())
    return failure{ec::malformed_json, "a message has an op", "op"};
  std::string_view name{op->value.GetString(), op->value.GetStringLength()};
  session_command out;
  if (name == "ping")
    return out;
  if (name != "subscribe")
    return failure{ec::not_found, "op is subscribe or ping", "op"};
  out.op = session_command::operation::subscribe;
  auto types = json.FindMember("types");
  if (types == json.MemberEnd())
    return failure{ec::invalid_argument, "subscribe names types", "types"};
  auto patterns = patterns_of(types->value);
  if (!patterns)
    return patterns.error();
  out.types = std::move(*patterns);
  return out;
}

} // namespace carillon
