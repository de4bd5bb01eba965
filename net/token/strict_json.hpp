#pragma once

#include <rapidjson/document.h>

#include <optional>
#include <string>
#include <string_view>

namespace carillon {

/// Levels of nesting in a header, in claims and in a set of keys.
inline constexpr size_t max_token_json_depth = 8;

/// Parses one JSON object in UTF-8, without duplicate names at any level and without text after it.
/// False for everything else: what two parsers could understand differently is no basis for trust.
bool parse_strict_object(std::string_view text, rapidjson::Document& out);

/// The member, null if absent.
const rapidjson::Value* find_member(const rapidjson::Value& object, const char* name);

/// The string of a member; empty if the member is absent or no string. Points into `object`.
std::optional<std::string_view> find_text(const rapidjson::Value& object, const char* name);

/// The string's bytes, which may hold U+0000; `x` is a string.
std::string_view view_of(const rapidjson::Value& x) noexcept;

} // namespace carillon
