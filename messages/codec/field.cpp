#include "messages/codec/field.hpp"

#include "base/json/appender.hpp"
#include "messages/codec/event_parser.hpp"

#include <rapidjson/document.h>

#include <array>
#include <charconv>
#include <cmath>

namespace carillon {

namespace {

std::string_view wanted(field_kind x) {
  static constexpr std::array<std::string_view, 7> names{
    "a string", "an integer",         "a number", "an RFC 3339 time", "an array of strings",
    "an array", "an array or a count"};
  return names[static_cast<size_t>(x)];
}

bool is_count(const payload_member& x) {
  return x.kind == json_kind::integer && !x.raw.starts_with('-');
}

bool fits(field_kind kind, const payload_member& x) {
  switch (kind) {
  case field_kind::string:
    return x.kind == json_kind::string;
  case field_kind::integer:
    return x.kind == json_kind::integer;
  case field_kind::number:
    return x.kind == json_kind::integer || x.kind == json_kind::number;
  case field_kind::time:
    return x.kind == json_kind::string && from_rfc3339(x.text).has_value();
  case field_kind::string_list:
    return x.kind == json_kind::array && x.all_strings;
  case field_kind::array:
    return x.kind == json_kind::array;
  case field_kind::array_or_count:
    return x.kind == json_kind::array || is_count(x);
  }
  return false;
}

template <class T>
const T& as(const field& x, const void* object) {
  // The address function serves reading and writing.
  return *static_cast<const T*>(x.address(const_cast<void*>(object)));
}

template <class T>
T& as(const field& x, void* object) {
  return *static_cast<T*>(x.address(object));
}

template <class T>
void append_number(std::string& out, T x) {
  std::array<char, 32> buffer{};
  out.append(buffer.data(), std::to_chars(buffer.data(), buffer.data() + buffer.size(), x).ptr);
}

/// JSON text made by the application. It is checked because it becomes part of a larger text.
expected<void> append_json(std::string& out, const field& x, const std::string& json) {
  if (json == "[]") {
    out += json;
    return {};
  }
  payload_view ignored;
  std::string probe;
  json_appender{probe}.begin_object().raw("x", json).end_object();
  auto parsed = this_threads_parser().parse_payload(probe, ignored);
  if (!parsed || ignored.size != 1 || !fits(x.kind, *ignored.find("x")))
    return failure{ec::schema_violation, x.name + " is not " + std::string{wanted(x.kind)},
                   "data." + x.name};
  out += json;
  return {};
}

expected<void> append_time(std::string& out, const field& x, timestamp t) {
  auto text = to_rfc3339(t);
  if (from_rfc3339(text) != t)
    return failure{ec::schema_violation, x.name + " is not within the years 0000-9999",
                   "data." + x.name};
  out += '"' + text + '"';
  return {};
}

expected<void> append_value(std::string& out, const field& x, const void* object) {
  switch (x.kind) {
  case field_kind::string:
    append_json_string(out, as<std::string>(x, object));
    return {};
  case field_kind::integer:
    append_number(out, as<int64_t>(x, object));
    return {};
  case field_kind::number:
    if (!std::isfinite(as<double>(x, object)))
      return failure{ec::schema_violation, x.name + " is not a finite number", "data." + x.name};
    append_number(out, as<double>(x, object));
    return {};
  case field_kind::time:
    return append_time(out, x, as<timestamp>(x, object));
  case field_kind::string_list: {
    json_appender json{out};
    json.begin_array();
    for (const auto& item : as<std::vector<std::string>>(x, object))
      json.item(item);
    json.end_array();
    return {};
  }
  case field_kind::array:
    return append_json(out, x, as<json_array>(x, object).json);
  case field_kind::array_or_count:
    return append_json(out, x, as<array_or_count>(x, object).json);
  }
  return {};
}

/// A payload view does not keep full texts and lists; this parses the one member.
rapidjson::Document parse_member(const payload_member& x) {
  rapidjson::Document out;
  out.Parse<rapidjson::kParseIterativeFlag>(x.raw.data(), x.raw.size());
  return out;
}

void read_value(const field& x, const payload_member& member, void* object) {
  switch (x.kind) {
  case field_kind::string: {
    // `""` and what the view kept need no second look.
    if (!member.text.empty() || member.raw.size() == 2) {
      as<std::string>(x, object) = member.text;
      break;
    }
    auto value = parse_member(member);
    as<std::string>(x, object).assign(value.GetString(), value.GetStringLength());
    break;
  }
  case field_kind::integer:
    std::from_chars(member.raw.data(), member.raw.data() + member.raw.size(),
                    as<int64_t>(x, object));
    break;
  case field_kind::number:
    std::from_chars(member.raw.data(), member.raw.data() + member.raw.size(),
                    as<double>(x, object));
    break;
  case field_kind::time:
    as<timestamp>(x, object) = *from_rfc3339(member.text);
    break;
  case field_kind::string_list: {
    auto& list = as<std::vector<std::string>>(x, object);
    list.clear();
    auto items = parse_member(member);
    for (const auto& item : items.GetArray())
      list.emplace_back(item.GetString(), item.GetStringLength());
    break;
  }
  case field_kind::array:
    as<json_array>(x, object).json = member.raw;
    break;
  case field_kind::array_or_count:
    as<array_or_count>(x, object).json = member.raw;
    break;
  }
}

std::string_view schema_of(field_kind x) {
  switch (x) {
  case field_kind::string:
    return R"({"type":"string"})";
  case field_kind::integer:
    return R"({"type":"integer"})";
  case field_kind::number:
    return R"({"type":"number"})";
  case field_kind::time:
    return R"({"type":"string","format":"date-time"})";
  case field_kind::string_list:
    return R"({"type":"array","items":{"type":"string"}})";
  case field_kind::array:
    return R"({"type":"array"})";
  case field_kind::array_or_count:
    return R"({"type":["array","integer"],"minimum":0})";
  }
  return "{}";
}

} // namespace

std::string camel_case(std::string_view snake) {
  std::string out;
  bool upper = false;
  for (char c : snake) {
    if (c == '_')
      upper = true;
    else
      out += std::exchange(upper, false) ? static_cast<char>(c - 'a' + 'A') : c;
  }
  return out;
}

expected<void> check_fields(const fields& xs, const payload_view& data) {
  for (const auto& x : xs) {
    const auto* member = data.find(x.name);
    auto path = [&] { return "data." + x.name; };
    if (member == nullptr || (!x.required && member->kind == json_kind::null)) {
      if (!x.required)
        continue;
      return failure{ec::schema_violation, path() + " is missing", path()};
    }
    if (!fits(x.kind, *member))
      return failure{ec::schema_violation,
                     path() + " must be " + std::string{wanted(x.kind)} + ", got "
                       + std::string{describe(member->kind)},
                     path()};
  }
  return {};
}

expected<std::string> encode_fields(const fields& xs, const void* object) {
  std::string out;
  json_appender json{out};
  json.begin_object();
  for (const auto& x : xs) {
    if (!x.required && x.kind == field_kind::string && as<std::string>(x, object).empty())
      continue;
    json.key(x.name);
    if (auto done = append_value(out, x, object); !done)
      return done.error();
  }
  json.end_object();
  return out;
}

expected<void> decode_fields(const fields& xs, std::string_view json, void* object) {
  payload_view data;
  if (auto parsed = this_threads_parser().parse_payload(json, data); !parsed)
    return parsed;
  if (auto checked = check_fields(xs, data); !checked)
    return checked;
  for (const auto& x : xs)
    if (const auto* member = data.find(x.name);
        member != nullptr && member->kind != json_kind::null)
      read_value(x, *member, object);
  return {};
}

std::string schema_of_fields(const fields& xs, std::string_view title) {
  std::string out;
  json_appender json{out};
  json.begin_object().member("title", title).member("type", "object").begin_object("properties");
  // `null` counts as absent, so an optional field accepts it.
  for (const auto& x : xs)
    json.raw(x.name, x.required ? schema_of(x.kind) : R"({"type":["string","null"]})");
  json.end_object();
  if (std::any_of(xs.begin(), xs.end(), [](const field& x) { return x.required; })) {
    json.begin_array("required");
    for (const auto& x : xs)
      if (x.required)
        json.item(x.name);
    json.end_array();
  }
  json.end_object();
  return out;
}

} // namespace carillon
