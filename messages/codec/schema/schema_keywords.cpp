#include "messages/codec/schema/schema_reader.hpp"

#include "base/json/strict_json.hpp"
#include "base/text/utf8.hpp"

#include <algorithm>
#include <array>

// Keywords with their own rules.

namespace carillon {

using rapidjson::Value;

namespace {

/// Elements of `enum` and `required`.
constexpr size_t max_listed = 1'000;

} // namespace

// -- the kinds of values --------------------------------------------------------

expected<void> schema_reader::count(uint64_t& to, const Value& x, const std::string& path) {
  if (!x.IsNumber() || !is_integer(x) || x.GetDouble() < 0 || x.GetDouble() >= 0x1p64)
    return wrong_schema(path + " must be an integer of at least 0");
  to = x.IsUint64() ? x.GetUint64() : static_cast<uint64_t>(x.GetDouble());
  return {};
}

expected<void> schema_reader::number(std::optional<long double>& to, const Value& x,
                                     const std::string& path) {
  if (!x.IsNumber())
    return wrong_schema(path + " must be a number");
  if (x.IsInt64())
    to = static_cast<long double>(x.GetInt64());
  else
    to = x.IsUint64() ? static_cast<long double>(x.GetUint64())
                      : static_cast<long double>(x.GetDouble());
  return {};
}

expected<std::vector<std::string>> schema_reader::names(const Value& x, const std::string& path) {
  std::vector<std::string> out;
  if (x.IsArray() && x.Size() <= max_listed)
    for (const auto& y : x.GetArray())
      if (y.IsString())
        out.emplace_back(view_of(y));
  if (!x.IsArray() || out.size() != x.Size())
    return wrong_schema(path + " must have at most 1000 names");
  return out;
}

schema_property& schema_reader::property(schema_node& node, std::string_view name) {
  auto& all = node.properties;
  auto i = std::find_if(all.begin(), all.end(), [&](const auto& x) { return x.name == name; });
  return i != all.end() ? *i : all.emplace_back(schema_property{.name = std::string{name}});
}

// -- keywords -------------------------------------------------------------------

expected<void> schema_reader::dialect(schema_node&, const Value& x, const std::string& path) {
  auto name = x.IsString() ? view_of(x) : std::string_view{};
  if (name.ends_with('#'))
    name.remove_suffix(1);
  for (std::string_view scheme : {"http://", "https://"})
    if (name.starts_with(scheme))
      name.remove_prefix(scheme.size());
  static constexpr std::array<std::string_view, 5> known{
    "json-schema.org/draft-04/schema", "json-schema.org/draft-06/schema",
    "json-schema.org/draft-07/schema", "json-schema.org/draft/2019-09/schema",
    "json-schema.org/draft/2020-12/schema"};
  if (std::find(known.begin(), known.end(), name) == known.end())
    return wrong_schema(path + " must be draft-04, -06, -07, 2019-09 or 2020-12 of JSON Schema");
  return {};
}

expected<void> schema_reader::reference(schema_node& node, const Value& x,
                                        const std::string& path) {
  auto found = x.IsString() ? definitions_.find(view_of(x)) : definitions_.end();
  if (found != definitions_.end()) {
    node.reference = found->second;
    return {};
  }
  if (x.IsString())
    for (std::string_view prefix : {"#/definitions/", "#/$defs/"})
      if (view_of(x).starts_with(prefix))
        return wrong_schema("there is no " + std::string{view_of(x)});
  return wrong_schema(path + " must be #/definitions/<name> or #/$defs/<name>");
}

expected<void> schema_reader::type(schema_node& node, const Value& x, const std::string& path) {
  static const std::map<std::string_view, uint8_t> names{
    {"null", json_types::null},       {"boolean", json_types::boolean},
    {"integer", json_types::integer}, {"number", json_types::integer | json_types::number},
    {"string", json_types::string},   {"array", json_types::array},
    {"object", json_types::object}};
  node.types = 0;
  auto add = [&](const Value& y) {
    auto found = y.IsString() ? names.find(view_of(y)) : names.end();
    if (found != names.end())
      node.types |= found->second;
    return found != names.end();
  };
  auto fine = x.IsArray() ? !x.Empty() && std::all_of(x.Begin(), x.End(), add) : add(x);
  return fine ? expected<void>{} : wrong_schema(path + " must name JSON types");
}

expected<void> schema_reader::constant(schema_node& node, const Value& x, const std::string&) {
  node.constant = schema_constant{.kind = x.GetType()};
  append_canonical(node.constant->text, x);
  return {};
}

expected<void> schema_reader::values(schema_node& node, const Value& x, const std::string& path) {
  if (!x.IsArray() || x.Empty() || x.Size() > max_listed)
    return wrong_schema(path + " must have 1-1000 values");
  for (const auto& y : x.GetArray())
    append_canonical(node.values.emplace_back(), y);
  std::sort(node.values.begin(), node.values.end());
  return {};
}

expected<void> schema_reader::minimum(schema_node& node, const Value& x, const std::string& path) {
  return number(node.minimum, x, path);
}

expected<void> schema_reader::maximum(schema_node& node, const Value& x, const std::string& path) {
  return number(node.maximum, x, path);
}

// A flag in draft-04, a separate limit since draft-06; `finish` handles the flag.
expected<void> schema_reader::above(schema_node& node, const Value& x, const std::string& path) {
  return x.IsBool() ? expected<void>{} : number(node.above, x, path);
}

expected<void> schema_reader::below(schema_node& node, const Value& x, const std::string& path) {
  return x.IsBool() ? expected<void>{} : number(node.below, x, path);
}

expected<void> schema_reader::multiple_of(schema_node& node, const Value& x,
                                          const std::string& path) {
  if (!x.IsNumber() || !(x.GetDouble() > 0))
    return wrong_schema(path + " must be a number above 0");
  node.multiple_of = decimal_of(x);
  return {};
}

expected<void> schema_reader::pattern(schema_node& node, const Value& x, const std::string& path) {
  if (!x.IsString())
    return wrong_schema(path + " must be a string");
  auto made = schema_pattern::make(view_of(x));
  if (!made)
    return wrong_schema(path + " " + made.error().detail);
  node.pattern = std::move(*made);
  return {};
}

expected<void> schema_reader::format(schema_node& node, const Value& x, const std::string& path) {
  if (!x.IsString())
    return wrong_schema(path + " must be a string");
  // `finish` handles unknown ones.
  node.format = schema_format_from(view_of(x)).value_or(schema_format::any);
  return {};
}

expected<void> schema_reader::unique_items(schema_node& node, const Value& x,
                                           const std::string& path) {
  if (!x.IsBool())
    return wrong_schema(path + " must be true or false");
  node.unique_items = x.IsTrue();
  return {};
}

expected<void> schema_reader::prefix(schema_node& node, const Value& x, const std::string& path) {
  return list(node.prefix, x, path);
}

expected<void> schema_reader::items(schema_node& node, const Value& x, const std::string& path) {
  return x.IsArray() ? list(node.prefix, x, path) : sub(node.items, x, path);
}

expected<void> schema_reader::properties(schema_node& node, const Value& x,
                                         const std::string& path) {
  if (!x.IsObject())
    return wrong_schema(path + " must be an object");
  for (const auto& member : x.GetObject()) {
    auto name = view_of(member.name);
    const schema_node* found = nullptr;
    if (auto done = sub(found, member.value, path + "." + excerpt(name)); !done)
      return done;
    property(node, name).node = found;
  }
  return {};
}

expected<void> schema_reader::required(schema_node& node, const Value& x, const std::string& path) {
  auto all = names(x, path);
  if (!all)
    return all.error();
  for (const auto& name : *all)
    property(node, name).required = true;
  return {};
}

expected<void> schema_reader::pattern_properties(schema_node& node, const Value& x,
                                                 const std::string& path) {
  if (!x.IsObject())
    return wrong_schema(path + " must be an object");
  for (const auto& member : x.GetObject()) {
    auto name = view_of(member.name);
    auto made = schema_pattern::make(name);
    if (!made)
      return wrong_schema(path + "." + excerpt(name) + " " + made.error().detail);
    const schema_node* found = nullptr;
    if (auto done = sub(found, member.value, path + "." + excerpt(name)); !done)
      return done;
    node.pattern_properties.push_back({std::move(*made), found});
  }
  return {};
}

expected<void> schema_reader::dependencies(schema_node& node, const Value& x,
                                           const std::string& path) {
  if (!x.IsObject())
    return wrong_schema(path + " must be an object");
  for (const auto& member : x.GetObject()) {
    auto name = view_of(member.name);
    auto needs = names(member.value, path + "." + excerpt(name));
    if (!needs)
      return needs.error();
    node.dependencies.push_back({std::string{name}, std::move(*needs)});
  }
  return {};
}

/// `run` compiles those of the root first; others cannot be referred to.
expected<void> schema_reader::definitions(schema_node&, const Value& x, const std::string& path) {
  if (!x.IsObject())
    return wrong_schema(path + " must be an object");
  if (path != "schema.definitions" && path != "schema.$defs")
    return wrong_schema(path + " can't be referred to: definitions belong to the outermost schema");
  return {};
}

} // namespace carillon
