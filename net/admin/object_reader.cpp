#include "net/admin/object_reader.hpp"

#include "messages/event.hpp"

#include <rapidjson/stringbuffer.h>
#include <rapidjson/writer.h>

#include <algorithm>
#include <unordered_set>

namespace carillon::admin {

namespace {

/// Levels of nesting, looked at before anything is built from the text.
size_t depth_of(std::string_view text) noexcept {
  size_t depth = 0;
  size_t deepest = 0;
  bool quoted = false;
  for (size_t i = 0; i < text.size(); ++i) {
    auto c = text[i];
    if (quoted) {
      if (c == '\\')
        ++i;
      else if (c == '"')
        quoted = false;
    } else if (c == '"') {
      quoted = true;
    } else if (c == '{' || c == '[') {
      deepest = std::max(deepest, ++depth);
    } else if ((c == '}' || c == ']') && depth > 0) {
      --depth;
    }
  }
  return deepest;
}

std::string_view view_of(const rapidjson::Value& x) noexcept {
  return {x.GetString(), x.GetStringLength()};
}

/// Returns false for duplicate names and for U+0000 anywhere. At most 64 calls deep.
bool is_clean(const rapidjson::Value& x) {
  constexpr auto has_nul
    = [](std::string_view y) { return y.find('\0') != std::string_view::npos; };
  if (x.IsString())
    return !has_nul(view_of(x));
  if (x.IsArray()) {
    for (const auto& y : x.GetArray())
      if (!is_clean(y))
        return false;
  }
  if (x.IsObject()) {
    std::unordered_set<std::string_view> names;
    for (const auto& y : x.GetObject()) {
      auto name = view_of(y.name);
      if (!names.insert(name).second || has_nul(name) || !is_clean(y.value))
        return false;
    }
  }
  return true;
}

} // namespace

expected<rapidjson::Document> parse_object(std::string_view text) {
  constexpr unsigned flags = rapidjson::kParseValidateEncodingFlag | rapidjson::kParseIterativeFlag
                             | rapidjson::kParseFullPrecisionFlag;
  if (depth_of(text) > event_limits::json_depth)
    return failure{ec::malformed_json, "the body is nested more than 64 levels deep", {}};
  rapidjson::Document out;
  out.Parse<flags>(text.data(), text.size());
  if (out.HasParseError())
    return failure{ec::malformed_json,
                   "the body is not valid JSON, see byte " + std::to_string(out.GetErrorOffset()),
                   {}};
  if (!out.IsObject())
    return failure{ec::malformed_json, "the body is not a JSON object", {}};
  if (!is_clean(out))
    return failure{ec::malformed_json, "the body has a name twice or a U+0000", {}};
  return out;
}

const rapidjson::Value* object_reader::find(const char* name) {
  known_.emplace(name);
  auto i = object_.FindMember(name);
  return i == object_.MemberEnd() ? nullptr : &i->value;
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

std::string text_of(const rapidjson::Value& x) {
  rapidjson::StringBuffer buffer;
  rapidjson::Writer<rapidjson::StringBuffer> writer{buffer};
  x.Accept(writer);
  return {buffer.GetString(), buffer.GetSize()};
}

} // namespace carillon::admin
