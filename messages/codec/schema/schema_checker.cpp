#include "messages/codec/schema/schema_checker.hpp"

#include "base/json/strict_json.hpp"
#include "base/text/utf8.hpp"

#include <algorithm>

namespace carillon {

namespace {

/// Bytes that are read, copied or compared in about the time of a step.
constexpr size_t bytes_per_step = 16;

uint8_t types_of(const rapidjson::Value& x) {
  switch (x.GetType()) {
  case rapidjson::kNullType:
    return json_types::null;
  case rapidjson::kFalseType:
  case rapidjson::kTrueType:
    return json_types::boolean;
  case rapidjson::kObjectType:
    return json_types::object;
  case rapidjson::kArrayType:
    return json_types::array;
  case rapidjson::kStringType:
    return json_types::string;
  case rapidjson::kNumberType:
    break;
  }
  return is_integer(x) ? json_types::integer | json_types::number : json_types::number;
}

/// 64 bits of mantissa: exact for integers of 64 bits as well as for doubles.
long double number_of(const rapidjson::Value& x) {
  if (x.IsInt64())
    return static_cast<long double>(x.GetInt64());
  return x.IsUint64() ? static_cast<long double>(x.GetUint64())
                      : static_cast<long double>(x.GetDouble());
}

size_t characters(std::string_view x) {
  return static_cast<size_t>(std::count_if(
    x.begin(), x.end(), [](char c) { return (static_cast<unsigned char>(c) & 0xc0U) != 0x80U; }));
}

const schema_property* find_property(const schema_node& rules, std::string_view name) {
  auto i = std::lower_bound(rules.properties.begin(), rules.properties.end(), name,
                            [](const auto& x, std::string_view y) { return x.name < y; });
  return i != rules.properties.end() && i->name == name ? &*i : nullptr;
}

const rapidjson::Value* member_of(const rapidjson::Value& object, std::string_view name) {
  for (const auto& x : object.GetObject())
    if (view_of(x.name) == name)
      return &x.value;
  return nullptr;
}

} // namespace

expected<void> schema_checker::check(const compiled_schema& schema, const value& data) {
  auto fine = fits(*schema.root, data, {});
  if (exhausted_)
    return failure{ec::too_large,
                   "checking data by the schema of its type takes too many steps: send less in one "
                   "event, or register a simpler schema",
                   "data"};
  if (!fine)
    return fault_;
  return {};
}

bool schema_checker::spend(size_t steps) {
  if (steps > steps_)
    exhausted_ = true;
  else
    steps_ -= steps;
  return !exhausted_;
}

bool schema_checker::fail(const place& at, std::string_view keyword) {
  if (quiet_ > 0 || exhausted_)
    return false;
  std::string path;
  for (const auto* x = &at; x->parent != nullptr; x = x->parent)
    path
      = "." + (x->name.data() != nullptr ? std::string{x->name} : std::to_string(x->index)) + path;
  path = excerpt("data" + path, 300);
  fault_
    = {ec::schema_violation,
       path + " does not satisfy '" + std::string{keyword} + "' of the schema of its type", path};
  return false;
}

bool schema_checker::fail_missing(const place& at, std::string_view name) {
  fail({&at, name}, "required");
  if (quiet_ > 0 || exhausted_)
    return false;
  fault_.detail = fault_.field + " is missing";
  return false;
}

bool schema_checker::quietly_fits(const schema_node& rules, const value& x, const place& at) {
  ++quiet_;
  auto out = fits(rules, x, at);
  --quiet_;
  return out;
}

bool schema_checker::fits(const schema_node& rules, const value& x, const place& at) {
  if (!spend(1))
    return false;
  if (rules.never)
    return fail(at, "false");
  if (rules.types != json_types::all && (types_of(x) & rules.types) == 0)
    return fail(at, "type");
  if (!fits_constants(rules, x, at))
    return false;
  if (rules.format != schema_format::any && (x.IsString() || x.IsNumber())
      && (!spend(1 + (x.IsString() ? x.GetStringLength() / 4 : 0))
          || !fits_format(rules.format, x)))
    return fail(at, "format");
  if (x.IsNumber() && !fits_number(rules, x, at))
    return false;
  if (x.IsString() && !fits_string(rules, x, at))
    return false;
  if (x.IsArray() && !fits_array(rules, x, at))
    return false;
  if (x.IsObject() && !fits_object(rules, x, at))
    return false;
  return fits_combined(rules, x, at);
}

bool schema_checker::equals(const schema_constant& wanted, const value& x) {
  if (wanted.kind != x.GetType())
    return false;
  scratch_.clear();
  append_canonical(scratch_, x);
  return spend(1 + scratch_.size() / bytes_per_step) && scratch_ == wanted.text;
}

bool schema_checker::fits_constants(const schema_node& rules, const value& x, const place& at) {
  if (rules.constant && !equals(*rules.constant, x))
    return fail(at, "const");
  if (rules.values.empty())
    return true;
  scratch_.clear();
  append_canonical(scratch_, x);
  if (!spend(1 + scratch_.size() / bytes_per_step)
      || !std::binary_search(rules.values.begin(), rules.values.end(), scratch_))
    return fail(at, "enum");
  return true;
}

bool schema_checker::fits_number(const schema_node& rules, const value& x, const place& at) {
  auto number = number_of(x);
  if (rules.minimum && number < *rules.minimum)
    return fail(at, "minimum");
  if (rules.maximum && number > *rules.maximum)
    return fail(at, "maximum");
  if (rules.above && number <= *rules.above)
    return fail(at, "exclusiveMinimum");
  if (rules.below && number >= *rules.below)
    return fail(at, "exclusiveMaximum");
  if (rules.multiple_of && (!spend(4) || !is_multiple(decimal_of(x), *rules.multiple_of)))
    return fail(at, "multipleOf");
  return true;
}

bool schema_checker::fits_string(const schema_node& rules, const value& x, const place& at) {
  auto text = view_of(x);
  if (rules.min_length > 0 || rules.max_length != schema_node::unlimited) {
    if (!spend(text.size() / bytes_per_step))
      return false;
    auto length = characters(text);
    if (length < rules.min_length)
      return fail(at, "minLength");
    if (length > rules.max_length)
      return fail(at, "maxLength");
  }
  if (rules.pattern && (!spend(rules.pattern->cost(text.size())) || !rules.pattern->matches(text)))
    return fail(at, "pattern");
  return true;
}

bool schema_checker::fits_array(const schema_node& rules, const value& x, const place& at) {
  if (x.Size() < rules.min_items)
    return fail(at, "minItems");
  if (x.Size() > rules.max_items)
    return fail(at, "maxItems");
  for (rapidjson::SizeType i = 0; i < x.Size(); ++i) {
    const auto* node = i < rules.prefix.size() ? rules.prefix[i] : rules.items;
    if (node == nullptr && i >= rules.prefix.size())
      break;
    if (node != nullptr && !fits(*node, x[i], {&at, {}, i}))
      return false;
  }
  if (rules.contains != nullptr && !fits_contains(rules, x, at))
    return false;
  if (rules.unique_items && !has_unique_items(x))
    return fail(at, "uniqueItems");
  return true;
}

bool schema_checker::fits_contains(const schema_node& rules, const value& x, const place& at) {
  uint64_t count = 0;
  for (rapidjson::SizeType i = 0; i < x.Size() && !exhausted_; ++i)
    count += quietly_fits(*rules.contains, x[i], {&at, {}, i}) ? 1 : 0;
  if (count < rules.min_contains)
    return fail(at, rules.min_contains == 1 ? "contains" : "minContains");
  return count <= rules.max_contains || fail(at, "maxContains");
}

bool schema_checker::has_unique_items(const value& x) {
  std::vector<std::string> texts;
  texts.reserve(x.Size());
  for (const auto& y : x.GetArray()) {
    append_canonical(texts.emplace_back(), y);
    // Each is compared about as often as its number has digits in base two.
    if (!spend(4 + texts.back().size() / 4))
      return false;
  }
  std::sort(texts.begin(), texts.end());
  return std::adjacent_find(texts.begin(), texts.end()) == texts.end();
}

bool schema_checker::fits_object(const schema_node& rules, const value& x, const place& at) {
  if (x.MemberCount() < rules.min_properties)
    return fail(at, "minProperties");
  if (x.MemberCount() > rules.max_properties)
    return fail(at, "maxProperties");
  size_t required = 0;
  if (!rules.properties.empty() || !rules.pattern_properties.empty() || rules.additional != nullptr
      || rules.property_names != nullptr)
    for (const auto& member : x.GetObject()) {
      if (rules.property_names != nullptr && !quietly_fits(*rules.property_names, member.name, at))
        return fail({&at, view_of(member.name)}, "propertyNames");
      if (!fits_member(rules, view_of(member.name), member.value, at, required))
        return false;
    }
  if (required < rules.required && !has_required(rules, x, at))
    return false;
  return fits_dependencies(rules, x, at);
}

bool schema_checker::fits_member(const schema_node& rules, std::string_view name, const value& x,
                                 const place& at, size_t& required) {
  if (!spend(1 + name.size() / bytes_per_step))
    return false;
  const place here{&at, name};
  const auto* property = find_property(rules, name);
  auto known = property != nullptr && property->node != nullptr;
  if (property != nullptr && property->required)
    ++required;
  if (known && !fits(*property->node, x, here))
    return false;
  for (const auto& y : rules.pattern_properties) {
    if (!spend(y.pattern.cost(name.size())))
      return false;
    if (!y.pattern.matches(name))
      continue;
    known = true;
    if (!fits(*y.node, x, here))
      return false;
  }
  if (known || rules.additional == nullptr)
    return true;
  if (rules.additional->never)
    return fail(here, "additionalProperties");
  return fits(*rules.additional, x, here);
}

/// Called when one is missing, to find its name.
bool schema_checker::has_required(const schema_node& rules, const value& x, const place& at) {
  for (const auto& property : rules.properties)
    if (property.required) {
      if (!spend(1 + x.MemberCount()))
        return false;
      if (member_of(x, property.name) == nullptr)
        return fail_missing(at, property.name);
    }
  return true;
}

bool schema_checker::fits_dependencies(const schema_node& rules, const value& x, const place& at) {
  for (const auto& rule : rules.dependencies) {
    if (!spend(1 + x.MemberCount()))
      return false;
    if (member_of(x, rule.name) == nullptr)
      continue;
    for (const auto& name : rule.needs) {
      if (!spend(1 + x.MemberCount()))
        return false;
      if (member_of(x, name) == nullptr)
        return fail_missing(at, name);
    }
  }
  return true;
}

bool schema_checker::fits_one(const schema_node& rules, const value& x, const place& at) {
  size_t count = 0;
  for (const auto* y : rules.one_of)
    count += !exhausted_ && quietly_fits(*y, x, at) ? 1 : 0;
  return count == 1 || fail(at, "oneOf");
}

bool schema_checker::fits_combined(const schema_node& rules, const value& x, const place& at) {
  if (rules.reference != nullptr && !fits(*rules.reference, x, at))
    return false;
  for (const auto* y : rules.all_of)
    if (!fits(*y, x, at))
      return false;
  if (!rules.any_of.empty()
      && std::none_of(rules.any_of.begin(), rules.any_of.end(),
                      [&](const auto* y) { return !exhausted_ && quietly_fits(*y, x, at); }))
    return fail(at, "anyOf");
  if (!rules.one_of.empty() && !fits_one(rules, x, at))
    return false;
  if (rules.negated != nullptr && quietly_fits(*rules.negated, x, at))
    return fail(at, "not");
  if (rules.condition == nullptr)
    return true;
  const auto* next = quietly_fits(*rules.condition, x, at) ? rules.consequence : rules.alternative;
  return next == nullptr || fits(*next, x, at);
}

} // namespace carillon
