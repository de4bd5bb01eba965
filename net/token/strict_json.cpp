#include "net/token/strict_json.hpp"

#include "messages/utf8.hpp"

#include <algorithm>
#include <unordered_set>

namespace carillon {

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

/// No name occurs twice in one object. As deep as the text, which was looked at before.
bool has_unique_names(const rapidjson::Value& x) {
  if (x.IsArray())
    return std::all_of(x.Begin(), x.End(), has_unique_names);
  if (!x.IsObject())
    return true;
  std::unordered_set<std::string_view> names;
  return std::all_of(x.MemberBegin(), x.MemberEnd(), [&](const auto& y) {
    return names.insert(view_of(y.name)).second && has_unique_names(y.value);
  });
}

} // namespace

bool parse_strict_object(std::string_view text, rapidjson::Document& out) {
  constexpr unsigned flags = rapidjson::kParseIterativeFlag | rapidjson::kParseFullPrecisionFlag;
  // RapidJSON takes a NUL for the end of the text and would not look at what follows; and it skips
  // a byte order mark.
  if (text.find('\0') != std::string_view::npos || text.starts_with("\xef\xbb\xbf")
      || !is_utf8(text) || depth_of(text) > max_token_json_depth)
    return false;
  out.Parse<flags>(text.data(), text.size());
  return !out.HasParseError() && out.IsObject() && has_unique_names(out);
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

} // namespace carillon
