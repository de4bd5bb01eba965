#pragma once

#include "messages/codec/schema/schema_decimal.hpp"
#include "messages/codec/schema/schema_format.hpp"
#include "messages/codec/schema/schema_pattern.hpp"

#include <rapidjson/document.h>

#include <cstdint>
#include <deque>
#include <limits>
#include <optional>
#include <string>
#include <vector>

namespace carillon {

/// The types of JSON Schema, as a set of bits. Every integer is a number.
struct json_types {
  static constexpr uint8_t null = 1;
  static constexpr uint8_t boolean = 2;
  static constexpr uint8_t integer = 4;
  static constexpr uint8_t number = 8;
  static constexpr uint8_t string = 16;
  static constexpr uint8_t array = 32;
  static constexpr uint8_t object = 64;
  static constexpr uint8_t all = 127;
};

/// The value that `const` names: its type and its canonical text.
struct schema_constant {
  rapidjson::Type kind = rapidjson::kNullType;
  std::string text;
};

struct schema_node;

/// Rules of `properties` and `required` for one name.
struct schema_property {
  std::string name;
  /// Null if only `required` names it.
  const schema_node* node = nullptr;
  bool required = false;
};

struct schema_pattern_property {
  schema_pattern pattern;
  const schema_node* node = nullptr;
};

struct schema_dependency {
  std::string name;
  std::vector<std::string> needs;
};

/// A compiled schema node. Null members constrain nothing.
struct schema_node {
  static constexpr uint64_t unlimited = std::numeric_limits<uint64_t>::max();

  /// The schema `false`: nothing satisfies it.
  bool never = false;
  uint8_t types = json_types::all;
  std::optional<schema_constant> constant;
  /// Canonical texts, sorted; empty if every value is allowed.
  std::vector<std::string> values;

  std::optional<long double> minimum;
  std::optional<long double> maximum;
  std::optional<long double> above;
  std::optional<long double> below;
  std::optional<schema_decimal> multiple_of;

  /// In characters.
  uint64_t min_length = 0;
  uint64_t max_length = unlimited;
  std::optional<schema_pattern> pattern;
  schema_format format = schema_format::any;

  uint64_t min_items = 0;
  uint64_t max_items = unlimited;
  uint64_t min_contains = 1;
  uint64_t max_contains = unlimited;
  bool unique_items = false;
  /// For the first elements, one each; then `items` for the rest.
  std::vector<const schema_node*> prefix;
  const schema_node* items = nullptr;
  const schema_node* contains = nullptr;

  uint64_t min_properties = 0;
  uint64_t max_properties = unlimited;
  /// By name.
  std::vector<schema_property> properties;
  size_t required = 0;
  std::vector<schema_pattern_property> pattern_properties;
  /// For members that neither `properties` nor a pattern names.
  const schema_node* additional = nullptr;
  const schema_node* property_names = nullptr;
  std::vector<schema_dependency> dependencies;

  const schema_node* reference = nullptr;
  std::vector<const schema_node*> all_of;
  std::vector<const schema_node*> any_of;
  std::vector<const schema_node*> one_of;
  const schema_node* negated = nullptr;
  const schema_node* condition = nullptr;
  const schema_node* consequence = nullptr;
  const schema_node* alternative = nullptr;
};

/// A schema with all schemas that it refers to. Immutable once made; any thread.
struct compiled_schema {
  std::deque<schema_node> nodes;
  const schema_node* root = nullptr;
};

} // namespace carillon
