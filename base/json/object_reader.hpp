#pragma once

#include "base/failure.hpp"

#include <rapidjson/document.h>

#include <optional>
#include <set>
#include <string>
#include <string_view>

namespace carillon {

/// Parses a request body: one JSON object in UTF-8 of at most 64 levels, without
/// duplicate names and without U+0000. Errors: `malformed_json`.
expected<rapidjson::Document> parse_object(std::string_view text);

/// Reads the members of an object and keeps the first fault. `finish` rejects members that were not
/// read as unknown.
class object_reader {
public:
  /// The object outlives the reader.
  explicit object_reader(const rapidjson::Value& object) : object_(object) {
  }

  /// Null if absent.
  const rapidjson::Value* find(const char* name);

  std::optional<std::string> text(const char* name);

  /// Empty, with a fault, if absent.
  std::string required_text(const char* name);

  bool flag(const char* name, bool otherwise);

  uint32_t number(const char* name, uint32_t otherwise, uint32_t most);

  void fail(std::string_view field, std::string detail);

  /// The first fault, unknown members included.
  std::optional<failure> finish();

private:
  const rapidjson::Value& object_;
  std::set<std::string, std::less<>> known_;
  std::optional<failure> fault_;
};

/// The value as JSON text.
std::string json_text_of(const rapidjson::Value& x);

} // namespace carillon
