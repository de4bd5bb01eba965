#include "messages/codec/schema/schema_compatibility.hpp"

#include "base/json/strict_json.hpp"

#include <rapidjson/document.h>

#include <set>

namespace carillon {

namespace {

using rapidjson::Value;

/// The schema that its `$ref` names, else the schema itself.
const Value& resolved(const Value& x, const Value& root) {
  const auto* ref = x.IsObject() ? find_member(x, "$ref") : nullptr;
  if (ref == nullptr || !ref->IsString())
    return x;
  auto name = view_of(*ref);
  for (const std::string place : {"definitions", "$defs"})
    if (name.starts_with("#/" + place + "/"))
      if (const auto* all = find_member(root, place.c_str()); all != nullptr && all->IsObject())
        if (const auto* found
            = find_member(*all, std::string{name.substr(place.size() + 3)}.c_str()))
          return *found;
  return x;
}

std::set<std::string_view> declared_types(const Value& schema) {
  std::set<std::string_view> out;
  const auto* type = schema.IsObject() ? find_member(schema, "type") : nullptr;
  if (type == nullptr)
    return out;
  if (type->IsString())
    out.insert(view_of(*type));
  else
    for (const auto& x : type->GetArray())
      out.insert(view_of(x));
  if (out.contains("number"))
    out.insert("integer");
  return out;
}

bool overlap(const std::set<std::string_view>& x, const std::set<std::string_view>& y) {
  if (x.empty() || y.empty())
    return true;
  for (auto name : x)
    if (y.contains(name))
      return true;
  return false;
}

const Value* property_of(const Value& schema, std::string_view name) {
  const auto* all = schema.IsObject() ? find_member(schema, "properties") : nullptr;
  return all != nullptr ? find_member(*all, std::string{name}.c_str()) : nullptr;
}

bool is_required(const Value& schema, std::string_view name) {
  const auto* names = find_member(schema, "required");
  if (names == nullptr)
    return false;
  for (const auto& x : names->GetArray())
    if (view_of(x) == name)
      return true;
  return false;
}

bool allows_unnamed(const Value& schema) {
  const auto* rest = schema.IsObject() ? find_member(schema, "additionalProperties") : nullptr;
  return rest == nullptr || !rest->IsFalse() || schema.HasMember("patternProperties");
}

} // namespace

std::optional<std::string> contradiction(std::string_view described, std::string_view registered) {
  rapidjson::Document base;
  rapidjson::Document whole;
  base.Parse<rapidjson::kParseIterativeFlag>(described.data(), described.size());
  whole.Parse<rapidjson::kParseIterativeFlag>(registered.data(), registered.size());
  if (base.HasParseError() || whole.HasParseError() || !base.IsObject())
    return std::nullopt;
  const auto& own = resolved(whole, whole);
  if (!overlap(declared_types(base), declared_types(own)))
    return "the schema does not allow objects";
  const auto* properties = find_member(base, "properties");
  if (properties == nullptr)
    return std::nullopt;
  for (const auto& x : properties->GetObject()) {
    auto name = view_of(x.name);
    if (!is_required(base, name))
      continue;
    auto path = "data." + std::string{name};
    const auto* other = property_of(own, name);
    if (other == nullptr && !allows_unnamed(own))
      return path + " is needed, and the schema does not allow it";
    if (other != nullptr && other->IsFalse())
      return path + " is needed, and the schema does not allow it";
    if (other != nullptr
        && !overlap(declared_types(x.value), declared_types(resolved(*other, whole))))
      return path + " has another type in the schema than in the description";
  }
  return std::nullopt;
}

} // namespace carillon
