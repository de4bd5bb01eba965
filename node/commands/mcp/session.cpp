#include "node/commands/mcp/session.hpp"

#include "base/failure_text.hpp"
#include "base/json/appender.hpp"
#include "base/json/strict_json.hpp"
#include "net/admin/embedded.hpp"

#include <utility>

namespace carillon::commands::mcp {

namespace {

constexpr std::string_view description_uri = "carillon://openapi.yaml";

constexpr std::string_view instructions
  = "Carillon stores events in order and delivers them to handlers, webhooks, sessions and jobs. "
    "Each tool is a call of its HTTP API with the rights of the server's key. Lists have "
    "`nextCursor`: pass it as `cursor`, and ask for few entries by `limit`. Begin with getNode, "
    "listConsumers, listWebhooks, listDeadLetters or listEvents.";

std::string_view text_of(const rapidjson::Value* x) {
  return x != nullptr && x->IsString() ? std::string_view{x->GetString(), x->GetStringLength()}
                                       : std::string_view{};
}

} // namespace

void session::take(std::string_view line) {
  auto read = parse_rpc(line);
  if (const auto* why = std::get_if<rpc_error>(&read))
    return env_.write(rpc_error_text(*why));
  auto* message = std::get_if<rpc_message>(&read);
  if (message == nullptr)
    return;
  if (message->id.empty())
    notify(*message);
  else
    request(*message);
}

void session::fail(const rpc_message& x, rpc_code code, std::string detail) {
  env_.write(rpc_error_text({code, std::move(detail), x.id}));
}

void session::answer(const rpc_message& x, std::string_view result) {
  env_.write(rpc_result(x.id, result));
}

void session::notify(const rpc_message& x) {
  if (x.method != "notifications/cancelled")
    return;
  const auto* id = find_member(x.params, "requestId");
  if (id != nullptr && (id->IsString() || id->IsInt64() || id->IsUint64()))
    env_.cancel(to_text(*id));
}

void session::request(rpc_message& x) {
  if (x.method == "initialize")
    return initialize(x);
  if (x.method == "ping")
    return answer(x, "{}");
  if (!initialized_)
    return fail(x, rpc_code::invalid_request, "the first request is initialize");
  if (x.method == "tools/list" || x.method == "resources/list") {
    if (find_member(x.params, "cursor") != nullptr)
      return fail(x, rpc_code::invalid_params, "the list is one page: it has no cursor");
    if (x.method == "tools/list")
      return answer(x, env_.tools.list());
    std::string out;
    json_appender{out}
      .begin_object()
      .begin_array("resources")
      .begin_object()
      .member("uri", description_uri)
      .member("name", "openapi.yaml")
      .member("description", "The HTTP API of a node, as OpenAPI 3.0")
      .member("mimeType", "application/yaml")
      .end_object()
      .end_array()
      .end_object();
    return answer(x, out);
  }
  if (x.method == "resources/templates/list")
    return answer(x, R"({"resourceTemplates":[]})");
  if (x.method == "tools/call")
    return call_tool(x);
  if (x.method == "resources/read")
    return read_resource(x);
  fail(x, rpc_code::method_not_found, "there is no such method");
}

void session::initialize(const rpc_message& x) {
  const auto asked = text_of(find_member(x.params, "protocolVersion"));
  if (asked.empty())
    return fail(x, rpc_code::invalid_params, "there is no protocolVersion");
  initialized_ = true;
  std::string out;
  json_appender{out}
    .begin_object()
    .member("protocolVersion", asked == oldest_version ? oldest_version : newest_version)
    .begin_object("capabilities")
    .raw("tools", "{}")
    .raw("resources", "{}")
    .end_object()
    .begin_object("serverInfo")
    .member("name", "carillon")
    .member("version", CARILLON_VERSION)
    .end_object()
    .member("instructions", instructions)
    .end_object();
  answer(x, out);
}

void session::call_tool(const rpc_message& x) {
  const auto name = text_of(find_member(x.params, "name"));
  if (name.empty())
    return fail(x, rpc_code::invalid_params, "there is no name of a tool");
  static const rapidjson::Document nothing{rapidjson::kObjectType};
  const auto* given = find_member(x.params, "arguments");
  if (given != nullptr && !given->IsObject())
    return fail(x, rpc_code::invalid_params, "arguments is not an object");
  const auto text = given != nullptr ? member_text(x.params_text, "arguments") : std::string{};
  auto call = env_.tools.call(name, given != nullptr ? *given : nothing, text);
  if (!call && call.error().code == ec::not_found)
    return fail(x, rpc_code::invalid_params, call.error().detail);
  // What an agent can mend is a result, which it sees.
  if (!call)
    return answer(x, tool_result(carillon::text_of(call.error()), true));
  if (!env_.begin(x.id, std::move(*call)))
    fail(x, rpc_code::overloaded, "too many calls are under way, or one of this id is");
}

void session::read_resource(const rpc_message& x) {
  if (text_of(find_member(x.params, "uri")) != description_uri)
    return fail(x, rpc_code::invalid_params, "there is no resource of this uri");
  std::string out;
  json_appender{out}
    .begin_object()
    .begin_array("contents")
    .begin_object()
    .member("uri", description_uri)
    .member("mimeType", "application/yaml")
    .member("text", admin::openapi_yaml())
    .end_object()
    .end_array()
    .end_object();
  answer(x, out);
}

std::string tool_result(std::string_view text, bool is_error) {
  std::string out;
  json_appender{out}
    .begin_object()
    .begin_array("content")
    .begin_object()
    .member("type", "text")
    .member("text", text)
    .end_object()
    .end_array()
    .member("isError", is_error)
    .end_object();
  return out;
}

} // namespace carillon::commands::mcp
