#include "node/commands/mcp/messages.hpp"

#include "base/json/appender.hpp"
#include "base/json/strict_json.hpp"
#include "node/commands/support/api_client.hpp"

#include <optional>
#include <utility>

namespace carillon::commands::mcp {

namespace {

constexpr size_t most_levels = 64;

/// The id as JSON; empty if it is none.
std::optional<std::string> id_of(const rapidjson::Value& x) {
  // The protocol allows no null, and no fraction.
  if (!x.IsString() && !x.IsInt64() && !x.IsUint64())
    return std::nullopt;
  auto out = to_text(x);
  return out.size() <= most_id_bytes ? std::optional{std::move(out)} : std::nullopt;
}

} // namespace

std::variant<rpc_message, rpc_error, rpc_answer> parse_rpc(std::string_view text) {
  auto parsed = parse_strict_object(text, most_levels);
  if (!parsed) {
    if (!is_json(text))
      return rpc_error{rpc_code::parse_error, "the line is not JSON"};
    return rpc_error{rpc_code::invalid_request, "the line is not one object of JSON"};
  }
  rpc_message out;
  std::string known = "null";
  if (const auto* id = find_member(*parsed, "id")) {
    auto read = id_of(*id);
    if (!read)
      return rpc_error{rpc_code::invalid_request, "the id is not a text or a whole number"};
    out.id = known = std::move(*read);
  }
  const auto* version = find_member(*parsed, "jsonrpc");
  if (version == nullptr || !version->IsString()
      || std::string_view{version->GetString(), version->GetStringLength()} != "2.0")
    return rpc_error{rpc_code::invalid_request, "jsonrpc is not \"2.0\"", known};
  const auto* method = find_member(*parsed, "method");
  if (method == nullptr && !out.id.empty()
      && (parsed->HasMember("result") || parsed->HasMember("error")))
    return rpc_answer{};
  if (method == nullptr || !method->IsString())
    return rpc_error{rpc_code::invalid_request, "there is no method", known};
  out.method.assign(method->GetString(), method->GetStringLength());
  out.params.SetObject();
  if (const auto* params = find_member(*parsed, "params")) {
    if (!params->IsObject())
      return rpc_error{rpc_code::invalid_params, "params is not an object", known};
    out.params.CopyFrom(*params, out.params.GetAllocator());
    out.params_text = member_text(text, "params");
  }
  return out;
}

std::string rpc_result(std::string_view id, std::string_view result) {
  std::string out;
  json_appender{out}
    .begin_object()
    .member("jsonrpc", "2.0")
    .raw("id", id)
    .raw("result", result)
    .end_object();
  return out;
}

std::string rpc_error_text(const rpc_error& x) {
  std::string out;
  json_appender{out}
    .begin_object()
    .member("jsonrpc", "2.0")
    .raw("id", x.id)
    .begin_object("error")
    .member("code", int64_t{static_cast<int>(x.code)})
    .member("message", std::string_view{x.detail})
    .end_object()
    .end_object();
  return out;
}

} // namespace carillon::commands::mcp
