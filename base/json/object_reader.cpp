#include "base/json/object_reader.hpp"

#include "base/json/depth.hpp"
#include "base/json/strict_json.hpp"

#include <rapidjson/stringbuffer.h>
#include <rapidjson/writer.h>

#include <algorithm>

namespace carillon {

namespace {

/// True if a name or string at any depth holds U+0000. At most 64 nested calls.
bool has_nul(const rapidjson::Value& x) {
  if (x.IsString())
    return view_of(x).find('\0') != std::string_view::npos;
  if (x.IsArray())
    return std::any_of(x.Begin(), x.End(), has_nul);
  return x.IsObject() && std::any_of(x.MemberBegin(), x.MemberEnd(), [](const auto& y) {
           return has_nul(y.name) || has_nul(y.value);
         });
}

} // namespace

expected<rapidjson::Document> parse_object(std::string_view text) {
  auto out = parse_strict_object(text, max_json_depth);
  if (out && has_nul(*out))
    return failure{ec::malformed_json, "the JSON has a U+0000", {}};
  return out;
}

const rapidjson::Value* object_reader::find(const char* name) {
  known_.emplace(name);
  return find_member(object_, name);
}

std::optional<std::string> object_reader::text(const char* name) {
  const auto* x = find(name);
  if (x == nullptr)
    return std::nullopt;
  if (!x->IsString()) {
    fail(name, "the value is not a string");
    return std::nullopt;
  }
  return std::string{view_of(*x)};
}

std::string object_reader::required_text(const char* name) {
  auto out = text(name);
  if (!out)
    fail(name, "the member is missing");
  return out.value_or("");
}

bool object_reader::flag(const char* name, bool otherwise) {
  const auto* x = find(name);
  if (x == nullptr)
    return otherwise;
  if (!x->IsBool()) {
    fail(name, "the value is not true or false");
    return otherwise;
  }
  return x->GetBool();
}

uint32_t object_reader::number(const char* name, uint32_t otherwise, uint32_t most) {
  const auto* x = find(name);
  if (x == nullptr)
    return otherwise;
  if (!x->IsUint() || x->GetUint() > most) {
    fail(name, "the value is not a whole number from 0 to " + std::to_string(most));
    return otherwise;
  }
  return x->GetUint();
}

void object_reader::fail(std::string_view field, std::string detail) {
  if (!fault_)
    fault_ = failure{ec::invalid_argument, std::move(detail), std::string{field}};
}

std::optional<failure> object_reader::finish() {
  for (const auto& x : object_.GetObject())
    if (auto name = view_of(x.name); !known_.contains(name))
      fail(name.substr(0, 64), "the member is not known here");
  return fault_;
}

std::string json_text_of(const rapidjson::Value& x) {
  rapidjson::StringBuffer buffer;
  rapidjson::Writer<rapidjson::StringBuffer> writer{buffer};
  x.Accept(writer);
  return {buffer.GetString(), buffer.GetSize()};
}

} // namespace carillon
