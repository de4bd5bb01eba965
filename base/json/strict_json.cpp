#include "base/json/strict_json.hpp"

#include "base/json/raw_json.hpp"
#include "base/json/unescape.hpp"
#include "base/text/utf8.hpp"

#include <algorithm>
#include <string>
#include <vector>

namespace carillon {

namespace {

/// Levels of nesting, checked before anything is built from the text.
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

/// No name occurs twice in one object. Recurses as deep as the text, whose depth was checked
/// before. Sorts, since untrusted input could hold names that fall into one bucket of a hash table.
bool has_unique_names(const rapidjson::Value& x) {
  if (x.IsArray())
    return std::all_of(x.Begin(), x.End(), has_unique_names);
  if (!x.IsObject())
    return true;
  std::vector<std::string_view> names;
  names.reserve(x.MemberCount());
  for (const auto& y : x.GetObject()) {
    if (!has_unique_names(y.value))
      return false;
    names.push_back(view_of(y.name));
  }
  std::sort(names.begin(), names.end());
  return std::adjacent_find(names.begin(), names.end()) == names.end();
}

/// All texts are UTF-8: RapidJSON accepts a low surrogate without a high one.
bool is_all_utf8(const rapidjson::Value& x) {
  if (x.IsArray())
    return std::all_of(x.Begin(), x.End(), is_all_utf8);
  if (x.IsObject())
    return std::all_of(x.MemberBegin(), x.MemberEnd(), [](const auto& y) {
      return is_utf8(view_of(y.name)) && is_all_utf8(y.value);
    });
  return !x.IsString() || is_utf8(view_of(x));
}

failure refuse(std::string detail) {
  return {ec::malformed_json, std::move(detail), {}};
}

} // namespace

expected<rapidjson::Document> parse_strict_object(std::string_view text, size_t max_depth) {
  constexpr unsigned flags = rapidjson::kParseIterativeFlag;
  // RapidJSON treats a NUL as the end of the text and would ignore the rest; and it skips a byte
  // order mark.
  if (auto nul = text.find('\0'); nul != std::string_view::npos)
    return refuse("the JSON has a NUL at byte " + std::to_string(nul));
  if (text.starts_with(byte_order_mark))
    return refuse("the JSON begins with a byte order mark");
  if (!is_utf8(text))
    return refuse("the JSON is not in UTF-8");
  if (depth_of(text) > max_depth)
    return refuse("the JSON is nested more than " + std::to_string(max_depth) + " levels deep");
  rapidjson::Document out;
  out.Parse<flags>(text.data(), text.size());
  if (out.HasParseError())
    return refuse("the JSON is not valid, see byte " + std::to_string(out.GetErrorOffset()));
  if (!out.IsObject())
    return refuse("the JSON is not an object");
  if (text.find("\\u") != std::string_view::npos && !is_all_utf8(out))
    return refuse("the JSON has half of a surrogate pair in a text");
  if (!has_unique_names(out))
    return refuse("the JSON has a name twice in an object");
  return out;
}

bool is_json(std::string_view text) {
  if (text.find('\0') != std::string_view::npos || text.starts_with(byte_order_mark)
      || !is_utf8(text))
    return false;
  rapidjson::Document out;
  out.Parse<rapidjson::kParseIterativeFlag>(text.data(), text.size());
  return !out.HasParseError();
}

const rapidjson::Value* find_member(const rapidjson::Value& object, const char* name) {
  auto i = object.FindMember(name);
  return i == object.MemberEnd() ? nullptr : &i->value;
}

std::optional<std::string_view> find_text(const rapidjson::Value& object, const char* name) {
  const auto* x = find_member(object, name);
  if (x == nullptr || !x->IsString())
    return std::nullopt;
  return view_of(*x);
}

std::string_view view_of(const rapidjson::Value& x) noexcept {
  return {x.GetString(), x.GetStringLength()};
}

std::string_view member_text(std::string_view object, std::string_view name) {
  raw_json in{object};
  std::string_view raw;
  bool escaped = false;
  if (!in.enter())
    return {};
  while (in.next_name(raw, escaped)) {
    const auto value = in.value();
    if (escaped ? unescaped(raw) == name : raw == name)
      return value;
  }
  return {};
}

} // namespace carillon
