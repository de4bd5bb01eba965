#pragma once

#include "base/failure.hpp"

#include <rapidjson/document.h>

#include <optional>
#include <string_view>

namespace carillon {

/// Parses one JSON object in UTF-8 (RFC 8259) of at most `max_depth` levels, with no name twice in
/// an object, and with nothing before or behind it: no byte order mark, no NUL; no text escapes
/// half of a surrogate pair. Text that two parsers could read differently is not trusted. Errors:
/// `malformed_json`.
expected<rapidjson::Document> parse_strict_object(std::string_view text, size_t max_depth);

/// True if it is a JSON value in UTF-8, whatever its names and depth: one that
/// `parse_strict_object` rejects is unwanted then, and not broken.
bool is_json(std::string_view text);

/// The member, null if absent.
const rapidjson::Value* find_member(const rapidjson::Value& object, const char* name);

/// The text of a member's value as it was sent, without blanks around it: no digit of a number is
/// lost. Empty if the member is absent.
/// @param object a JSON object that `parse_strict_object` accepts
std::string_view member_text(std::string_view object, std::string_view name);

/// The string of a member; empty if the member is absent or not a string. Points into `object`.
std::optional<std::string_view> find_text(const rapidjson::Value& object, const char* name);

/// The string's bytes, which may hold U+0000; `x` is a string.
std::string_view view_of(const rapidjson::Value& x) noexcept;

} // namespace carillon
