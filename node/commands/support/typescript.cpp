#include "node/commands/support/typescript.hpp"

#include "base/json/appender.hpp"
#include "base/json/strict_json.hpp"
#include "node/commands/support/api_client.hpp"

#include <algorithm>
#include <array>
#include <cmath>
#include <cstdio>
#include <string_view>
#include <vector>

namespace carillon::commands {

namespace {

using schema_value = rapidjson::Value;
using texts = std::vector<std::string>;

constexpr int deepest_schema = 32;
constexpr int most_schema_steps = 10'000;

const schema_value* member_of(const schema_value& x, const char* name) {
  if (!x.IsObject())
    return nullptr;
  auto found = x.FindMember(name);
  return found == x.MemberEnd() ? nullptr : &found->value;
}

std::string quoted(std::string_view x) {
  std::string out;
  append_json_string(out, x);
  return out;
}

bool is_name(std::string_view x) {
  auto is_letter = [](char c) {
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || c == '_' || c == '$';
  };
  return !x.empty() && is_letter(x.front()) && std::all_of(x.begin(), x.end(), [&](char c) {
    return is_letter(c) || (c >= '0' && c <= '9');
  });
}

std::string member_name(std::string_view x) {
  return is_name(x) ? std::string{x} : quoted(x);
}

/// Two spaces before each line but the first.
std::string indented(const std::string& text) {
  std::string out;
  for (auto c : text) {
    out += c;
    if (c == '\n')
      out += "  ";
  }
  return out;
}

/// In parentheses if it is a union or an intersection outside of braces.
std::string grouped(const std::string& type) {
  auto bare = type;
  auto begin = bare.find('{');
  auto end = bare.rfind('}');
  if (begin != std::string::npos && end != std::string::npos && begin < end)
    bare.erase(begin, end - begin + 1);
  auto is_compound = bare.find(" | ") != std::string::npos || bare.find(" & ") != std::string::npos;
  return is_compound ? '(' + type + ')' : type;
}

texts distinct(const texts& xs) {
  texts out;
  for (const auto& x : xs)
    if (std::find(out.begin(), out.end(), x) == out.end())
      out.push_back(x);
  return out;
}

std::string joined(const texts& xs, const char* between) {
  if (xs.size() == 1)
    return xs.front();
  std::string out;
  for (const auto& x : xs)
    out += (out.empty() ? "" : between) + grouped(x);
  return out;
}

std::string union_of(const texts& xs) {
  auto types = distinct(xs);
  if (std::find(types.begin(), types.end(), "unknown") != types.end())
    return "unknown";
  return types.empty() ? "never" : joined(types, " | ");
}

/// As JavaScript writes it: without `.0`.
std::string number_literal(const schema_value& x) {
  if (!x.IsDouble() || std::trunc(x.GetDouble()) != x.GetDouble()
      || std::abs(x.GetDouble()) >= 1e21)
    return to_text(x);
  std::array<char, 32> out{};
  auto size = std::snprintf(out.data(), out.size(), "%.0f", x.GetDouble());
  return {out.data(), static_cast<size_t>(size)};
}

std::string literal_of(const schema_value& x) {
  if (x.IsString())
    return quoted(view_of(x));
  if (x.IsNull() || x.IsBool())
    return to_text(x);
  return x.IsNumber() ? number_literal(x) : "unknown";
}

int hex_digit(char c) {
  return c >= '0' && c <= '9'   ? c - '0'
         : c >= 'a' && c <= 'f' ? c - 'a' + 10
         : c >= 'A' && c <= 'F' ? c - 'A' + 10
                                : -1;
}

/// A step of a JSON pointer in the fragment of a URI: `%25`, then `~1` and `~0`.
std::string pointer_step(std::string_view x) {
  std::string decoded;
  for (size_t i = 0; i < x.size(); ++i)
    if (x[i] == '%' && i + 2 < x.size() && hex_digit(x[i + 1]) >= 0 && hex_digit(x[i + 2]) >= 0) {
      decoded += static_cast<char>(hex_digit(x[i + 1]) * 16 + hex_digit(x[i + 2]));
      i += 2;
    } else {
      decoded += x[i];
    }
  std::string out;
  for (size_t i = 0; i < decoded.size(); ++i) {
    auto escaped = decoded[i] == '~' && i + 1 < decoded.size()
                   && (decoded[i + 1] == '0' || decoded[i + 1] == '1');
    out += escaped ? (decoded[++i] == '0' ? '~' : '/') : decoded[i];
  }
  return out;
}

const schema_value* element_of(const schema_value& x, const std::string& step) {
  if (!x.IsArray())
    return member_of(x, step.c_str());
  auto is_index
    = !step.empty() && step.size() < 7
      && std::all_of(step.begin(), step.end(), [](char c) { return c >= '0' && c <= '9'; });
  auto index = is_index ? static_cast<rapidjson::SizeType>(std::stoul(step)) : x.Size();
  return index < x.Size() ? &x[index] : nullptr;
}

class type_printer {
public:
  explicit type_printer(const schema_value& root) : root_(root) {
  }

  std::string type_of(const schema_value& schema, int depth = 0) {
    if (schema.IsFalse())
      return "never";
    if (!schema.IsObject() || depth > deepest_schema || ++steps_ > most_schema_steps)
      return "unknown";
    texts parts;
    if (const auto* reference = member_of(schema, "$ref"); reference && reference->IsString())
      parts.push_back(referenced(view_of(*reference), depth));
    const auto* values = member_of(schema, "enum");
    if (const auto* value = member_of(schema, "const"))
      parts.push_back(literal_of(*value));
    else if (values && values->IsArray())
      parts.push_back(union_of(each(*values, literal_of)));
    else
      parts.push_back(own_type(schema, depth));
    auto below = [&](const schema_value& x) { return type_of(x, depth + 1); };
    for (const auto* keyword : {"oneOf", "anyOf"})
      if (const auto* choices = member_of(schema, keyword); choices && choices->IsArray())
        parts.push_back(union_of(each(*choices, below)));
    if (const auto* all = member_of(schema, "allOf"); all && all->IsArray())
      for (const auto& x : all->GetArray())
        parts.push_back(below(x));
    auto known = distinct(parts);
    known.erase(std::remove(known.begin(), known.end(), "unknown"), known.end());
    return known.empty() ? "unknown" : joined(known, " & ");
  }

private:
  template <class F>
  static texts each(const schema_value& array, F&& f) {
    texts out;
    for (const auto& x : array.GetArray())
      out.push_back(f(x));
    return out;
  }

  std::string own_type(const schema_value& schema, int depth) {
    const auto* named = member_of(schema, "type");
    if (named && named->IsArray())
      return union_of(each(*named, [&](const schema_value& x) {
        return named_type(x.IsString() ? view_of(x) : std::string_view{}, schema, depth);
      }));
    if (named && named->IsString())
      return named_type(view_of(*named), schema, depth);
    auto is_object = member_of(schema, "properties") || member_of(schema, "required");
    return is_object ? object_type(schema, depth) : "unknown";
  }

  std::string named_type(std::string_view name, const schema_value& schema, int depth) {
    if (name == "string" || name == "boolean" || name == "null")
      return std::string{name};
    if (name == "number" || name == "integer")
      return "number";
    if (name == "array")
      return array_type(schema, depth);
    return name == "object" ? object_type(schema, depth) : "unknown";
  }

  /// A tuple may be shorter than its prefix, and its rest may be anything: an array says enough.
  std::string array_type(const schema_value& schema, int depth) {
    const auto* prefix = member_of(schema, "prefixItems");
    const auto* items = member_of(schema, "items");
    if ((prefix && prefix->IsArray()) || (items && items->IsArray()) || !items)
      return "unknown[]";
    return grouped(type_of(*items, depth + 1)) + "[]";
  }

  std::string object_type(const schema_value& schema, int depth) {
    texts required;
    if (const auto* names = member_of(schema, "required"); names && names->IsArray())
      for (const auto& x : names->GetArray())
        if (x.IsString())
          required.emplace_back(view_of(x));
    required = distinct(required);
    std::string members;
    if (const auto* properties = member_of(schema, "properties");
        properties && properties->IsObject())
      for (const auto& x : properties->GetObject()) {
        auto name = std::string{view_of(x.name)};
        auto found = std::find(required.begin(), required.end(), name);
        members += "  " + member_name(name) + (found == required.end() ? "?: " : ": ")
                   + indented(type_of(x.value, depth + 1)) + ";\n";
        if (found != required.end())
          required.erase(found);
      }
    for (const auto& name : required)
      members += "  " + member_name(name) + ": unknown;\n";
    return braced(schema, members, depth);
  }

  /// Beside named members an index of `unknown` is right for any value that the schema allows.
  std::string braced(const schema_value& schema, const std::string& members, int depth) {
    const auto* more = member_of(schema, "additionalProperties");
    const auto patterns = member_of(schema, "patternProperties") != nullptr;
    const auto open = patterns || more == nullptr || !more->IsFalse();
    if (!members.empty())
      return "{\n" + members + (open ? "  [name: string]: unknown;\n}" : "}");
    if (!open)
      return "{ [name: string]: never }";
    auto values = more && more->IsObject() && !patterns ? type_of(*more, depth + 1) : "unknown";
    return "{ [name: string]: " + values + " }";
  }

  std::string referenced(std::string_view reference, int depth) {
    const auto* target = &root_;
    if (reference.starts_with('#'))
      reference.remove_prefix(1);
    while (target && !reference.empty()) {
      auto end = std::min(reference.find('/'), reference.size());
      if (end > 0)
        target = element_of(*target, pointer_step(reference.substr(0, end)));
      reference.remove_prefix(std::min(end + 1, reference.size()));
    }
    return target ? type_of(*target, depth + 1) : "unknown";
  }

  const schema_value& root_;
  int steps_ = 0;
};

struct listed_type {
  std::string name;
  std::string audience;
  const schema_value* schema = nullptr;
};

std::string block_of(const char* name, std::vector<listed_type>& types) {
  if (types.empty())
    return {};
  std::sort(types.begin(), types.end(),
            [](const listed_type& a, const listed_type& b) { return a.name < b.name; });
  auto out = std::string{"  interface "} + name + " {\n";
  for (const auto& x : types)
    out += "    /** Audience: " + x.audience + ". */\n    '" + x.name
           + "': " + indented(indented(typescript_type(*x.schema))) + ";\n";
  return out + "  }\n";
}

} // namespace

std::string typescript_type(const rapidjson::Value& schema) {
  return type_printer{schema}.type_of(schema);
}

std::string typescript_module(const rapidjson::Value& types) {
  static const schema_value any{true};
  std::vector<listed_type> own;
  std::vector<listed_type> extended;
  for (const auto& x : types.GetArray()) {
    auto is = [&](const char* name) {
      const auto* found = member_of(x, name);
      return found && found->IsTrue();
    };
    if (!is("registered"))
      continue;
    const auto* schema = member_of(x, "schema");
    auto& to = is("described") ? extended : own;
    to.push_back({text_member(x, "type"), text_member(x, "audience"), schema ? schema : &any});
  }
  return "// Made by `carillon types --typescript`, or `npx carillon-types`. Make it anew when "
         "types "
         "change.\nimport 'carillon';\n\ndeclare module 'carillon' {\n"
         + block_of("EventCatalogue", own) + block_of("EventExtensions", extended) + "}\n";
}

} // namespace carillon::commands
