#include "messages/measures/definition.hpp"

#include "base/json/appender.hpp"
#include "base/json/strict_json.hpp"
#include "messages/consumers/consumer.hpp"

#include <rapidjson/pointer.h>

#include <algorithm>
#include <array>
#include <utility>

namespace carillon {

namespace {

constexpr std::array<std::pair<std::string_view, bool measure_set::*>, 5> measure_names{
  {{"sum", &measure_set::sum},
   {"avg", &measure_set::avg},
   {"min", &measure_set::min},
   {"max", &measure_set::max},
   {"distinct", &measure_set::distinct}}};

failure bad_definition(std::string_view field, std::string detail) {
  return {ec::invalid_argument, std::move(detail), std::string{field}};
}

failure damaged_definition() {
  return {ec::store_corrupt, "a definition of measures cannot be read", {}};
}

} // namespace

bool is_measure_name(std::string_view x) noexcept {
  return is_consumer_name(x);
}

bool is_member_pointer(std::string_view x) noexcept {
  return x.starts_with('/') && x.size() <= measure_limits::pointer_bytes
         && rapidjson::Pointer{x.data(), x.size()}.IsValid();
}

expected<void> check_definition(const measure_definition& x) {
  if (!is_measure_name(x.name))
    return bad_definition("name", "a name is 1 to 64 of [a-z0-9._-], beginning with a letter");
  if (!x.company_id.empty() && !is_identifier(x.company_id))
    return bad_definition("companyId", "the company is 1 to 128 bytes without control characters");
  if (x.types.empty() || x.types.size() > measure_limits::types)
    return bad_definition("types", "the value is not an array of 1 to 16 event types");
  if (!is_member_pointer(x.member))
    return bad_definition("member", "the member is a JSON pointer into data, as /total, of at most "
                                    "256 bytes");
  if (!x.group_by.empty() && !is_member_pointer(x.group_by))
    return bad_definition("groupBy", "the group is a JSON pointer into data, as /currency, of at "
                                     "most 256 bytes");
  if (x.measures == measure_set{})
    return bad_definition("measures", "at least one of sum, avg, min, max, distinct is needed");
  return {};
}

bool concerns(const measure_definition& x, std::string_view type,
              std::string_view company_id) noexcept {
  return (x.company_id.empty() || x.company_id == company_id)
         && std::any_of(x.types.begin(), x.types.end(),
                        [&](const type_pattern& y) { return y.matches(type); });
}

std::vector<std::string_view> names_of(const measure_set& x) {
  std::vector<std::string_view> out;
  for (const auto& [name, member] : measure_names)
    if (x.*member)
      out.push_back(name);
  return out;
}

bool add_measure(measure_set& to, std::string_view name) noexcept {
  for (const auto& [known, member] : measure_names)
    if (known == name) {
      to.*member = true;
      return true;
    }
  return false;
}

std::string json_of(const measure_definition& x) {
  std::string out;
  json_appender json{out};
  json.begin_object().begin_array("types");
  for (const auto& y : x.types)
    json.item(y.text());
  json.end_array();
  if (!x.filter.is_everything())
    json.raw("filter", x.filter.text());
  json.member("member", x.member).member_unless_empty("groupBy", x.group_by);
  json.begin_array("measures");
  for (const auto y : names_of(x.measures))
    json.item(y);
  json.end_array().end_object();
  return out;
}

expected<measure_definition> definition_from_json(std::string_view json) {
  const auto parsed = parse_strict_object(json, max_json_depth);
  if (!parsed)
    return damaged_definition();
  measure_definition out;
  const auto* types = find_member(*parsed, "types");
  const auto* measures = find_member(*parsed, "measures");
  const auto member = find_text(*parsed, "member");
  if (types == nullptr || !types->IsArray() || measures == nullptr || !measures->IsArray()
      || !member)
    return damaged_definition();
  for (const auto& x : types->GetArray()) {
    if (!x.IsString())
      return damaged_definition();
    auto pattern = type_pattern::parse(view_of(x));
    if (!pattern)
      return damaged_definition();
    out.types.push_back(std::move(*pattern));
  }
  if (const auto text = member_text(json, "filter"); !text.empty()) {
    auto filter = payload_filter::parse(text);
    if (!filter)
      return damaged_definition();
    out.filter = std::move(*filter);
  }
  for (const auto& x : measures->GetArray())
    if (!x.IsString() || !add_measure(out.measures, view_of(x)))
      return damaged_definition();
  out.member = *member;
  out.group_by = find_text(*parsed, "groupBy").value_or("");
  return out;
}

} // namespace carillon
