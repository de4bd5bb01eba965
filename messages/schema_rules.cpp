#include "messages/schema_rules.hpp"

#include "messages/utf8.hpp"

#include <algorithm>
#include <array>
#include <map>
#include <optional>
#include <string>
#include <string_view>

namespace carillon {

namespace {

using rapidjson::Value;

/// Schemas within a schema, with references expanded.
constexpr size_t max_schemas = 1'000;
/// Schemas that one value may have to be checked against at once.
constexpr size_t max_parallel = 64;
/// Elements of `enum` and `required`; each is compared.
constexpr size_t max_listed = 1'000;

/// What the value of a keyword has to be.
enum class rule : uint8_t {
  type,
  values,
  number,
  positive,
  count,
  flag,
  names,
  schema,
  schemas,
  schema_map,
  items,
  flag_or_schema,
  refused,
};

struct keyword {
  std::string_view name;
  rule kind;
};

constexpr std::array keywords{
  keyword{"type", rule::type},
  keyword{"enum", rule::values},
  keyword{"minimum", rule::number},
  keyword{"maximum", rule::number},
  keyword{"exclusiveMinimum", rule::flag},
  keyword{"exclusiveMaximum", rule::flag},
  keyword{"multipleOf", rule::positive},
  keyword{"minLength", rule::count},
  keyword{"maxLength", rule::count},
  keyword{"minItems", rule::count},
  keyword{"maxItems", rule::count},
  keyword{"minProperties", rule::count},
  keyword{"maxProperties", rule::count},
  keyword{"properties", rule::schema_map},
  keyword{"required", rule::names},
  keyword{"additionalProperties", rule::flag_or_schema},
  keyword{"items", rule::items},
  keyword{"additionalItems", rule::flag_or_schema},
  keyword{"allOf", rule::schemas},
  keyword{"anyOf", rule::schemas},
  keyword{"oneOf", rule::schemas},
  keyword{"not", rule::schema},
  // Would run a stranger's regular expression over strangers' texts.
  keyword{"pattern", rule::refused},
  keyword{"patternProperties", rule::refused},
  // Compares each element with each other one: a second of work for one large array.
  keyword{"uniqueItems", rule::refused},
  // Known to the validator, but it trusts their contents in ways that are hard to check.
  keyword{"dependencies", rule::refused},
  // Of later drafts: the validator would ignore them, and the author would trust in them.
  keyword{"const", rule::refused},
  keyword{"contains", rule::refused},
  keyword{"propertyNames", rule::refused},
  keyword{"if", rule::refused},
  keyword{"then", rule::refused},
  keyword{"else", rule::refused},
  keyword{"prefixItems", rule::refused},
  keyword{"dependentRequired", rule::refused},
  keyword{"dependentSchemas", rule::refused},
  keyword{"unevaluatedItems", rule::refused},
  keyword{"unevaluatedProperties", rule::refused},
  keyword{"$dynamicRef", rule::refused},
  keyword{"$recursiveRef", rule::refused},
};

constexpr std::array<std::string_view, 7> type_names{"null",   "boolean", "integer", "number",
                                                     "string", "array",   "object"};

std::string_view text_of(const Value& x) {
  return {x.GetString(), x.GetStringLength()};
}

failure wrong(const std::string& detail) {
  return {ec::invalid_argument, excerpt(detail, 300), "schema"};
}

std::optional<rule> rule_of(std::string_view name) {
  const auto* found
    = std::find_if(keywords.begin(), keywords.end(), [&](const auto& x) { return x.name == name; });
  return found != keywords.end() ? std::optional{found->kind} : std::nullopt;
}

bool is_type_name(const Value& x) {
  return x.IsString()
         && std::find(type_names.begin(), type_names.end(), text_of(x)) != type_names.end();
}

template <class Predicate>
bool is_list_of(const Value& x, Predicate fits) {
  return x.IsArray() && !x.Empty() && x.Size() <= max_listed
         && std::all_of(x.Begin(), x.End(), fits);
}

bool holds_schemas(rule kind) {
  return kind == rule::schema || kind == rule::schemas || kind == rule::schema_map
         || kind == rule::items || kind == rule::flag_or_schema;
}

/// What is wrong with a value that holds no schema; empty if nothing is.
std::string_view fault_of(rule kind, const Value& x) {
  switch (kind) {
  case rule::type:
    return is_type_name(x) || is_list_of(x, is_type_name) ? "" : "must name JSON types";
  case rule::values:
    // The validator takes any object for a schema, also one within `enum`.
    return is_list_of(x, [](const Value& y) { return !y.IsObject() && !y.IsArray(); })
             ? ""
             : "must have 1-1000 strings, numbers, booleans or null";
  case rule::number:
    return x.IsNumber() ? "" : "must be a number";
  case rule::positive:
    return x.IsNumber() && x.GetDouble() > 0.0 ? "" : "must be a number above 0";
  case rule::count:
    return x.IsUint() ? "" : "must be an integer of at least 0";
  case rule::flag:
    return x.IsBool() ? "" : "must be true or false, as in draft-04";
  case rule::names:
    return is_list_of(x, [](const Value& y) { return y.IsString(); }) ? ""
                                                                      : "must have 1-1000 names";
  default:
    return {};
  }
}

/// The name in `#/definitions/<name>`; empty for any other reference.
std::string_view definition_name(std::string_view ref) {
  for (std::string_view prefix : {"#/definitions/", "#/$defs/"})
    if (ref.starts_with(prefix)) {
      ref.remove_prefix(prefix.size());
      bool plain = std::all_of(ref.begin(), ref.end(), [](char c) {
        return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9')
               || c == '_' || c == '-' || c == '.';
      });
      return plain ? ref : std::string_view{};
    }
  return {};
}

/// Copies what a schema demands, and nothing else.
class reducer {
public:
  explicit reducer(rapidjson::Document::AllocatorType& memory) : memory_(memory) {
  }

  expected<Value> schema(const Value& x, const std::string& path);
  expected<Value> schema_map(const Value& x, const std::string& path);

private:
  expected<Value> list(const Value& x, const std::string& path);
  expected<Value> value(rule kind, const Value& x, const std::string& path);
  expected<Value> reference(const Value& x, const std::string& path);

  Value copy(std::string_view x) {
    return {x.data(), static_cast<rapidjson::SizeType>(x.size()), memory_};
  }

  rapidjson::Document::AllocatorType& memory_;
  size_t schemas_ = 0;
};

expected<Value> reducer::reference(const Value& x, const std::string& path) {
  auto name = x.IsString() ? definition_name(text_of(x)) : std::string_view{};
  if (name.empty())
    return wrong(path + ".$ref must be #/definitions/<name>");
  Value out{rapidjson::kObjectType};
  out.AddMember("$ref", copy("#/definitions/" + std::string{name}), memory_);
  return out;
}

expected<Value> reducer::schema(const Value& x, const std::string& path) {
  if (!x.IsObject())
    return wrong(path + " must be an object");
  if (++schemas_ > max_schemas)
    return wrong("a schema has at most 1000 schemas within it");
  if (auto ref = x.FindMember("$ref"); ref != x.MemberEnd())
    return reference(ref->value, path);
  Value out{rapidjson::kObjectType};
  for (const auto& member : x.GetObject()) {
    auto name = text_of(member.name);
    auto kind = rule_of(name);
    if (!kind)
      continue;
    auto reduced = value(*kind, member.value, path + "." + std::string{name});
    if (!reduced)
      return reduced.error();
    out.AddMember(copy(name), std::move(*reduced), memory_);
  }
  return out;
}

expected<Value> reducer::schema_map(const Value& x, const std::string& path) {
  if (!x.IsObject())
    return wrong(path + " must be an object");
  Value out{rapidjson::kObjectType};
  for (const auto& member : x.GetObject()) {
    auto name = text_of(member.name);
    // The validator takes the map itself for a schema too, and would misread this one.
    if (name == "dependencies")
      return wrong(path + " may not have the name 'dependencies'");
    auto reduced = schema(member.value, path + "." + excerpt(name));
    if (!reduced)
      return reduced;
    out.AddMember(copy(name), std::move(*reduced), memory_);
  }
  return out;
}

expected<Value> reducer::list(const Value& x, const std::string& path) {
  if (!x.IsArray() || x.Empty())
    return wrong(path + " must be an array of schemas");
  Value out{rapidjson::kArrayType};
  for (const auto& item : x.GetArray()) {
    auto reduced = schema(item, path + "." + std::to_string(out.Size()));
    if (!reduced)
      return reduced;
    out.PushBack(std::move(*reduced), memory_);
  }
  return out;
}

expected<Value> reducer::value(rule kind, const Value& x, const std::string& path) {
  switch (kind) {
  case rule::schema:
    return schema(x, path);
  case rule::schemas:
    return list(x, path);
  case rule::schema_map:
    return schema_map(x, path);
  case rule::items:
    return x.IsArray() ? list(x, path) : schema(x, path);
  case rule::flag_or_schema:
    if (!x.IsBool())
      return schema(x, path);
    break;
  case rule::refused:
    return wrong(path + " is not supported");
  default:
    if (auto fault = fault_of(kind, x); !fault.empty())
      return wrong(path + " " + std::string{fault});
  }
  return Value{x, memory_};
}

/// What checking a value against a schema may take.
struct cost {
  /// Schemas, with references expanded.
  size_t schemas = 1;
  /// Schemas that are checked at once.
  size_t parallel = 1;
};

/// Adds up the cost of a reduced schema; finds references in a circle.
class appraiser {
public:
  explicit appraiser(const Value& root) : root_(root) {
  }

  expected<cost> of(const Value& schema);
  expected<cost> of_definition(std::string_view name);

private:
  const Value& root_;
  /// Empty while it is being added up.
  std::map<std::string, std::optional<cost>, std::less<>> known_;
};

expected<cost> appraiser::of_definition(std::string_view name) {
  if (auto i = known_.find(name); i != known_.end()) {
    if (!i->second)
      return wrong("recursive schemas are not supported: #/definitions/" + std::string{name}
                   + " refers to itself");
    return *i->second;
  }
  auto all = root_.FindMember("definitions");
  std::string key{name};
  if (all == root_.MemberEnd() || !all->value.HasMember(key))
    return wrong("there is no #/definitions/" + key);
  known_.emplace(key, std::nullopt);
  auto out = of(all->value[key]);
  if (out)
    known_[key] = *out;
  return out;
}

/// Calls `visit` with each schema that the value of a keyword holds.
template <class Visit>
expected<void> each_schema(rule kind, const Value& x, Visit visit) {
  if (x.IsArray()) {
    for (const auto& item : x.GetArray())
      if (auto ok = visit(item); !ok)
        return ok;
  } else if (kind == rule::schema_map) {
    for (const auto& item : x.GetObject())
      if (auto ok = visit(item.value); !ok)
        return ok;
  } else if (x.IsObject()) {
    return visit(x);
  }
  return {};
}

expected<cost> appraiser::of(const Value& schema) {
  if (auto ref = schema.FindMember("$ref"); ref != schema.MemberEnd())
    return of_definition(definition_name(text_of(ref->value)));
  cost out;
  size_t widest = 1;
  for (const auto& member : schema.GetObject()) {
    auto kind = *rule_of(text_of(member.name));
    // `enum`, `required` and `type` are arrays too.
    if (!holds_schemas(kind))
      continue;
    auto counted = each_schema(kind, member.value, [&](const Value& x) -> expected<void> {
      auto part = of(x);
      if (!part)
        return part.error();
      out.schemas += part->schemas;
      if (kind == rule::schemas || kind == rule::schema)
        out.parallel += part->parallel;
      else
        widest = std::max(widest, part->parallel);
      if (out.schemas > max_schemas || out.parallel + widest > max_parallel)
        return wrong("the schema is too costly to check");
      return {};
    });
    if (!counted)
      return counted.error();
  }
  // The parts of a value are checked while the checks of the value itself go on.
  out.parallel += widest - 1;
  return out;
}

} // namespace

expected<void> reduce_schema(const Value& schema, rapidjson::Document& out) {
  reducer reduce{out.GetAllocator()};
  auto root = reduce.schema(schema, "schema");
  if (!root)
    return root.error();
  Value definitions{rapidjson::kObjectType};
  for (const char* name : {"definitions", "$defs"}) {
    auto found = schema.FindMember(name);
    if (found == schema.MemberEnd())
      continue;
    if (!definitions.ObjectEmpty())
      return wrong("schema has both definitions and $defs");
    auto reduced = reduce.schema_map(found->value, std::string{"schema."} + name);
    if (!reduced)
      return reduced.error();
    definitions = std::move(*reduced);
  }
  // Also those that nothing refers to: the validator visits them all.
  Value whole{rapidjson::kObjectType};
  whole.AddMember("definitions", definitions, out.GetAllocator());
  appraiser appraise{whole};
  for (const auto& x : whole["definitions"].GetObject())
    if (auto fine = appraise.of_definition(text_of(x.name)); !fine)
      return fine.error();
  if (auto fine = appraise.of(*root); !fine)
    return fine.error();
  static_cast<Value&>(out) = std::move(*root);
  out.AddMember("definitions", whole["definitions"], out.GetAllocator());
  return {};
}

} // namespace carillon
