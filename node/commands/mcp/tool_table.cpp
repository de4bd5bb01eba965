#include "node/commands/mcp/tool_table.hpp"

#include "base/json/strict_json.hpp"
#include "base/text/uri.hpp"
#include "node/commands/support/api_client.hpp"

#include <functional>
#include <optional>
#include <utility>

namespace carillon::commands::mcp {

namespace {

/// Of one parameter, as a text.
constexpr size_t most_parameter_bytes = 8'192;

std::string_view text_in(const rapidjson::Value& object, const char* name) {
  const auto& x = object[name];
  return {x.GetString(), x.GetStringLength()};
}

failure bad(const std::string& field, const std::string& why) {
  return {ec::invalid_argument, field + " " + why, field};
}

/// A parameter's value as the text of a URL. Errors: `invalid_argument`.
expected<std::string> parameter_text(const std::string& name, const rapidjson::Value& x) {
  std::string out;
  if (x.IsString())
    out.assign(x.GetString(), x.GetStringLength());
  else if (x.IsBool() || x.IsInt64() || x.IsUint64())
    out = to_text(x);
  else
    return bad(name, "is not a text, a whole number or a boolean");
  if (out.size() > most_parameter_bytes)
    return bad(name, "is longer than 8192 bytes");
  return out;
}

/// Puts a value into the path. Errors: `invalid_argument`.
expected<void> put_segment(std::string& path, const std::string& name, const std::string& value) {
  // Escaped or not, a dot segment would name another resource (RFC 3986, section 5.2.4).
  if (value.empty() || value == "." || value == "..")
    return bad(name, "is not a name");
  const auto mark = "{" + name + "}";
  path.replace(path.find(mark), mark.size(), as_path_segment(value));
  return {};
}

/// The first argument that the tool does not have.
std::optional<std::string> unknown_argument(const rapidjson::Value& properties,
                                            const rapidjson::Value& arguments) {
  for (const auto& x : arguments.GetObject())
    if (!properties.HasMember(x.name))
      return std::string{x.name.GetString(), x.name.GetStringLength()}.substr(0, 64);
  return std::nullopt;
}

} // namespace

tool_table::tool_table(std::string_view json, bool writes) : writes_(writes) {
  all_.Parse(json.data(), json.size());
  list_ = R"({"tools":[)";
  for (const auto& x : all_.GetArray()) {
    by_name_.emplace(text_in(x, "name"), &x);
    if (!writes_ && !x["reads"].GetBool())
      continue;
    if (list_.back() != '[')
      list_ += ',';
    list_ += to_text(x["shown"]);
  }
  list_ += "]}";
}

expected<tool_call> tool_table::call(std::string_view tool, const rapidjson::Value& arguments,
                                     std::string_view text) const {
  const auto found = by_name_.find(tool);
  if (found == by_name_.end())
    return failure{ec::not_found, "there is no tool of this name", "name"};
  const auto& x = *found->second;
  if (!writes_ && !x["reads"].GetBool())
    return failure{
      ec::forbidden, "this server only reads; its operator allows changes by --allow-writes", {}};
  if (auto unknown = unknown_argument(x["shown"]["inputSchema"]["properties"], arguments))
    return bad("arguments", "has '" + *unknown + "', which the tool does not know");
  tool_call out{std::string{text_in(x, "method")}, std::string{text_in(x, "path")}, {}};
  std::string query;
  for (const auto& parameter : x["parameters"].GetArray()) {
    const std::string name{text_in(parameter, "name")};
    const auto in_path = text_in(parameter, "in") == "path";
    const auto* given = find_member(arguments, name.c_str());
    if (given == nullptr || given->IsNull()) {
      if (in_path)
        return bad(name, "is missing");
      continue;
    }
    auto value = parameter_text(name, *given);
    if (!value)
      return value.error();
    if (!in_path) {
      query += (query.empty() ? '?' : '&') + name + '=' + as_path_segment(*value);
      continue;
    }
    if (auto put = put_segment(out.target, name, *value); !put)
      return put.error();
  }
  out.target += query;
  if (const auto* body = find_member(arguments, "body"); body != nullptr && !body->IsNull())
    if (out.body = text.empty() ? std::string{} : member_text(text, "body"); out.body.empty())
      out.body = to_text(*body);
  return out;
}

} // namespace carillon::commands::mcp
