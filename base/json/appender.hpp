#pragma once

#include "base/time.hpp"

#include <cstdint>
#include <string>
#include <string_view>

namespace carillon {

/// Appends `text` as a JSON string with its quotes, escaped as RFC 8259 demands.
void append_json_string(std::string& out, std::string_view text);

/// Appends one JSON text to a string, straight into its buffer: for texts that are made for every
/// event or request. Members come in the order of the calls. Names are literals that need no
/// escapes; texts are UTF-8, as everything that was checked when it came in. `json_writer` replaces
/// invalid bytes, at the cost of a copy. The string outlives it.
class json_appender {
public:
  /// Appends to `out`.
  explicit json_appender(std::string& out) : out_(out), begin_(out.size()) {
  }

  /// Continues the object or array that the text ends in.
  static json_appender within(std::string& out) {
    return {out, 0};
  }

  /// Begins and ends objects and arrays; those with a name are members.
  /// @{
  json_appender& begin_object();
  json_appender& begin_object(std::string_view name);
  json_appender& end_object();
  json_appender& begin_array();
  json_appender& begin_array(std::string_view name);
  json_appender& end_array();
  /// @}

  /// A member of an object. A text is escaped, a time is RFC 3339.
  /// @{
  json_appender& member(std::string_view name, std::string_view x);
  json_appender& member(std::string_view name, const char* x);
  json_appender& member(std::string_view name, uint64_t x);
  json_appender& member(std::string_view name, int64_t x);
  json_appender& member(std::string_view name, bool x);
  json_appender& member(std::string_view name, timestamp x);
  /// @}

  /// No member for an empty text.
  json_appender& member_unless_empty(std::string_view name, std::string_view x);

  /// `null` for an empty text.
  json_appender& member_or_null(std::string_view name, std::string_view x);

  /// A member whose value is JSON already.
  json_appender& raw(std::string_view name, std::string_view json);

  /// A name. The caller appends its value to the string.
  json_appender& key(std::string_view name);

  /// An element of an array.
  /// @{
  json_appender& item(std::string_view x);
  json_appender& item(uint64_t x);
  /// @}

private:
  json_appender(std::string& out, size_t begin) : out_(out), begin_(begin) {
  }

  /// A comma, unless the next part is the first one or has a name already.
  void separate();

  std::string& out_;
  size_t begin_;
};

} // namespace carillon
