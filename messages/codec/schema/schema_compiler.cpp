#include "messages/codec/schema/schema_compiler.hpp"

#include "base/json/strict_json.hpp"
#include "base/text/utf8.hpp"
#include "messages/codec/schema/schema_cost.hpp"
#include "messages/codec/schema/schema_reader.hpp"

#include <algorithm>
#include <array>
#include <tuple>

// The structure: nested schemas, combinations of keywords, definitions.

namespace carillon {

using rapidjson::Value;

namespace {

/// Schemas within a schema.
constexpr size_t max_schemas = 1'000;

} // namespace

failure wrong_schema(const std::string& detail) {
  return {ec::invalid_argument, excerpt(detail, 300), "schema"};
}

schema_reader::keyword schema_reader::find(std::string_view name) {
  static const std::map<std::string_view, keyword> keywords{
    {"$schema", &schema_reader::dialect},
    {"$ref", &schema_reader::reference},
    {"definitions", &schema_reader::definitions},
    {"$defs", &schema_reader::definitions},
    {"type", &schema_reader::type},
    {"const", &schema_reader::constant},
    {"enum", &schema_reader::values},
    {"minimum", &schema_reader::minimum},
    {"maximum", &schema_reader::maximum},
    {"exclusiveMinimum", &schema_reader::above},
    {"exclusiveMaximum", &schema_reader::below},
    {"multipleOf", &schema_reader::multiple_of},
    {"minLength", &schema_reader::count_of<&schema_node::min_length>},
    {"maxLength", &schema_reader::count_of<&schema_node::max_length>},
    {"pattern", &schema_reader::pattern},
    {"format", &schema_reader::format},
    {"minItems", &schema_reader::count_of<&schema_node::min_items>},
    {"maxItems", &schema_reader::count_of<&schema_node::max_items>},
    {"uniqueItems", &schema_reader::unique_items},
    {"prefixItems", &schema_reader::prefix},
    {"items", &schema_reader::items},
    {"additionalItems", &schema_reader::later},
    {"contains", &schema_reader::schema_of<&schema_node::contains>},
    {"minContains", &schema_reader::count_of<&schema_node::min_contains>},
    {"maxContains", &schema_reader::count_of<&schema_node::max_contains>},
    {"minProperties", &schema_reader::count_of<&schema_node::min_properties>},
    {"maxProperties", &schema_reader::count_of<&schema_node::max_properties>},
    {"properties", &schema_reader::properties},
    {"required", &schema_reader::required},
    {"patternProperties", &schema_reader::pattern_properties},
    {"additionalProperties", &schema_reader::schema_of<&schema_node::additional>},
    {"propertyNames", &schema_reader::schema_of<&schema_node::property_names>},
    {"dependentRequired", &schema_reader::dependencies},
    {"allOf", &schema_reader::schemas_of<&schema_node::all_of>},
    {"anyOf", &schema_reader::schemas_of<&schema_node::any_of>},
    {"oneOf", &schema_reader::schemas_of<&schema_node::one_of>},
    {"not", &schema_reader::schema_of<&schema_node::negated>},
    {"if", &schema_reader::schema_of<&schema_node::condition>},
    {"then", &schema_reader::schema_of<&schema_node::consequence>},
    {"else", &schema_reader::schema_of<&schema_node::alternative>},
  };
  if (auto found = keywords.find(name); found != keywords.end())
    return found->second;
  return is_annotation(name) ? nullptr : &schema_reader::refused;
}

/// True for a keyword that only informs readers and constrains no value.
bool schema_reader::is_annotation(std::string_view name) {
  static constexpr std::array<std::string_view, 17> names{
    "title",        "description", "default",   "example",         "examples",
    "$comment",     "$id",         "id",        "$anchor",         "$vocabulary",
    "deprecated",   "readOnly",    "writeOnly", "contentEncoding", "contentMediaType",
    "externalDocs", "xml"};
  return name.starts_with("x-") || std::find(names.begin(), names.end(), name) != names.end();
}

expected<void> schema_reader::refused(schema_node&, const Value&, const std::string& path) {
  if (path.ends_with(".nullable"))
    return wrong_schema(path + " is of OpenAPI 3.0, not of JSON Schema: list \"null\" in type");
  return wrong_schema(path + " is not supported; what is only a note may be named x-…");
}

// -- schemas within schemas -----------------------------------------------------

schema_reader::result schema_reader::schema(const Value& x, const std::string& path) {
  if (out_.nodes.size() >= max_schemas)
    return wrong_schema("a schema has at most 1000 schemas within it");
  auto& node = out_.nodes.emplace_back();
  if (x.IsBool()) {
    node.never = x.IsFalse();
    return &node;
  }
  if (!x.IsObject())
    return wrong_schema(path + " must be an object");
  if (auto done = members(node, x, path); !done)
    return done.error();
  return &node;
}

expected<void> schema_reader::members(schema_node& node, const Value& x, const std::string& path) {
  for (const auto& member : x.GetObject()) {
    auto name = view_of(member.name);
    if (auto take = find(name))
      if (auto done = (this->*take)(node, member.value, path + "." + excerpt(name)); !done)
        return done;
  }
  return finish(node, x, path);
}

/// `finish` looks at it.
expected<void> schema_reader::later(schema_node&, const Value&, const std::string&) {
  return {};
}

/// Without a list of items it has no effect (2019-09, section 9.3.1.2).
expected<void> schema_reader::additional_items(schema_node& node, const Value& whole,
                                               const std::string& path) {
  const auto* rest = find_member(whole, "additionalItems");
  if (rest == nullptr)
    return {};
  const schema_node* made = nullptr;
  if (auto done = sub(made, *rest, path + ".additionalItems"); !done)
    return done;
  if (const auto* items = find_member(whole, "items"); items != nullptr && items->IsArray())
    node.items = made;
  return {};
}

/// Combines keywords that depend on each other.
expected<void> schema_reader::finish(schema_node& node, const Value& x, const std::string& path) {
  // Draft-04: these flags exclude the limit itself.
  for (auto [name, limit, strict] : {std::tuple{"exclusiveMinimum", &node.minimum, &node.above},
                                     std::tuple{"exclusiveMaximum", &node.maximum, &node.below}})
    if (const auto* flag = find_member(x, name); flag != nullptr && flag->IsTrue()) {
      if (!*limit)
        return wrong_schema(path + "." + name + " is true, and there is no limit that it is for");
      *strict = std::exchange(*limit, std::nullopt);
    }
  if (find_member(x, "prefixItems") != nullptr)
    if (const auto* items = find_member(x, "items"); items != nullptr && items->IsArray())
      return wrong_schema(path + " has both prefixItems and a list of items");
  if (node.condition == nullptr && (node.consequence != nullptr || node.alternative != nullptr))
    return wrong_schema(path + " has then or else, and no if");
  if (node.contains == nullptr && (x.HasMember("minContains") || x.HasMember("maxContains")))
    return wrong_schema(path + " has minContains or maxContains, and no contains");
  if (const auto* format = find_member(x, "format");
      format != nullptr && !schema_format_from(view_of(*format)) && !node.pattern)
    return wrong_schema(path + ".format '" + excerpt(view_of(*format))
                        + "' is not checked; say by a pattern what it means, or leave it out");
  if (auto done = additional_items(node, x, path); !done)
    return done;
  std::sort(node.properties.begin(), node.properties.end(),
            [](const auto& a, const auto& b) { return a.name < b.name; });
  node.required = static_cast<size_t>(std::count_if(node.properties.begin(), node.properties.end(),
                                                    [](const auto& y) { return y.required; }));
  return {};
}

expected<void> schema_reader::sub(const schema_node*& to, const Value& x, const std::string& path) {
  auto node = schema(x, path);
  if (!node)
    return node.error();
  to = *node;
  return {};
}

expected<void> schema_reader::list(std::vector<const schema_node*>& to, const Value& x,
                                   const std::string& path) {
  if (!x.IsArray() || x.Empty())
    return wrong_schema(path + " must be an array of schemas");
  for (const auto& item : x.GetArray()) {
    auto node = schema(item, path + "." + std::to_string(to.size()));
    if (!node)
      return node.error();
    to.push_back(*node);
  }
  return {};
}

expected<void> schema_reader::run(const Value& root) {
  if (!root.IsObject())
    return wrong_schema("schema must be an object");
  // All names first, as they refer to each other.
  std::vector<std::tuple<schema_node*, const Value*, std::string>> open;
  for (std::string name : {"definitions", "$defs"})
    if (const auto* all = find_member(root, name.c_str()); all != nullptr && all->IsObject())
      for (const auto& x : all->GetObject()) {
        auto& node = out_.nodes.emplace_back();
        definitions_.emplace("#/" + name + "/" + std::string{view_of(x.name)}, &node);
        open.emplace_back(&node, &x.value, "schema." + name + "." + excerpt(view_of(x.name)));
      }
  for (auto& [node, x, path] : open) {
    if (x->IsBool())
      node->never = x->IsFalse();
    else if (!x->IsObject())
      return wrong_schema(path + " must be an object");
    else if (auto done = members(*node, *x, path); !done)
      return done;
  }
  auto made = schema(root, "schema");
  if (!made)
    return made.error();
  out_.root = *made;
  // Also unreferenced ones.
  schema_appraiser appraiser;
  for (const auto& [path, node] : definitions_)
    if (auto fine = appraiser.appraise(*node, path); !fine)
      return fine;
  return appraiser.appraise(*out_.root, "schema");
}

expected<std::shared_ptr<const compiled_schema>> compile_schema(const rapidjson::Value& schema) {
  auto out = std::make_shared<compiled_schema>();
  if (auto done = schema_reader{*out}.run(schema); !done)
    return done.error();
  return std::shared_ptr<const compiled_schema>{std::move(out)};
}

} // namespace carillon
