#pragma once

#include "base/failure.hpp"
#include "messages/codec/schema/schema_node.hpp"

#include <rapidjson/document.h>

#include <map>
#include <string>
#include <string_view>
#include <vector>

namespace carillon {

/// Reads a JSON Schema into nodes; the work of `compile_schema`. One method per keyword with its
/// own rules: it reads the keyword's value into a node, or returns a failure that names `path`.
class schema_reader {
public:
  explicit schema_reader(compiled_schema& out) : out_(out) {
  }

  expected<void> run(const rapidjson::Value& root);

private:
  using result = expected<const schema_node*>;
  /// Reads the value of a keyword into a node.
  using keyword
    = expected<void> (schema_reader::*)(schema_node&, const rapidjson::Value&, const std::string&);

  static keyword find(std::string_view name);
  static bool is_annotation(std::string_view name);

  result schema(const rapidjson::Value& x, const std::string& path);
  expected<void> members(schema_node& node, const rapidjson::Value& x, const std::string& path);
  expected<void> finish(schema_node& node, const rapidjson::Value& x, const std::string& path);
  expected<void> define(const char* name, const rapidjson::Value& root);
  expected<void> list(std::vector<const schema_node*>& to, const rapidjson::Value& x,
                      const std::string& path);
  expected<std::vector<std::string>> names(const rapidjson::Value& x, const std::string& path);
  expected<void> count(uint64_t& to, const rapidjson::Value& x, const std::string& path);
  expected<void> number(std::optional<long double>& to, const rapidjson::Value& x,
                        const std::string& path);
  expected<void> sub(const schema_node*& to, const rapidjson::Value& x, const std::string& path);
  schema_property& property(schema_node& node, std::string_view name);

  expected<void> dialect(schema_node& node, const rapidjson::Value& x, const std::string& path);
  expected<void> reference(schema_node& node, const rapidjson::Value& x, const std::string& path);
  expected<void> type(schema_node& node, const rapidjson::Value& x, const std::string& path);
  expected<void> constant(schema_node& node, const rapidjson::Value& x, const std::string& path);
  expected<void> values(schema_node& node, const rapidjson::Value& x, const std::string& path);
  expected<void> minimum(schema_node& node, const rapidjson::Value& x, const std::string& path);
  expected<void> maximum(schema_node& node, const rapidjson::Value& x, const std::string& path);
  expected<void> above(schema_node& node, const rapidjson::Value& x, const std::string& path);
  expected<void> below(schema_node& node, const rapidjson::Value& x, const std::string& path);
  expected<void> multiple_of(schema_node& node, const rapidjson::Value& x, const std::string& path);
  expected<void> pattern(schema_node& node, const rapidjson::Value& x, const std::string& path);
  expected<void> format(schema_node& node, const rapidjson::Value& x, const std::string& path);
  expected<void> unique_items(schema_node& node, const rapidjson::Value& x,
                              const std::string& path);
  expected<void> prefix(schema_node& node, const rapidjson::Value& x, const std::string& path);
  expected<void> items(schema_node& node, const rapidjson::Value& x, const std::string& path);
  expected<void> additional_items(schema_node& node, const rapidjson::Value& whole,
                                  const std::string& path);
  expected<void> later(schema_node& node, const rapidjson::Value& x, const std::string& path);
  expected<void> properties(schema_node& node, const rapidjson::Value& x, const std::string& path);
  expected<void> required(schema_node& node, const rapidjson::Value& x, const std::string& path);
  expected<void> pattern_properties(schema_node& node, const rapidjson::Value& x,
                                    const std::string& path);
  expected<void> dependencies(schema_node& node, const rapidjson::Value& x,
                              const std::string& path);
  expected<void> definitions(schema_node& node, const rapidjson::Value& x, const std::string& path);
  expected<void> refused(schema_node& node, const rapidjson::Value& x, const std::string& path);

  template <auto Member>
  expected<void> count_of(schema_node& node, const rapidjson::Value& x, const std::string& path) {
    return count(node.*Member, x, path);
  }

  template <auto Member>
  expected<void> schema_of(schema_node& node, const rapidjson::Value& x, const std::string& path) {
    return sub(node.*Member, x, path);
  }

  template <auto Member>
  expected<void> schemas_of(schema_node& node, const rapidjson::Value& x, const std::string& path) {
    return list(node.*Member, x, path);
  }

  compiled_schema& out_;
  /// By their place, `#/$defs/x`.
  std::map<std::string, schema_node*, std::less<>> definitions_;
};

/// `invalid_argument` of the field `schema`; the text is cut to 300 bytes.
failure wrong_schema(const std::string& detail);

} // namespace carillon
