#include "messages/codec/schema/schema_decimal.hpp"

#include "base/json/strict_json.hpp"
#include "messages/codec/codec.hpp"

#include <algorithm>
#include <array>
#include <charconv>
#include <cmath>
#include <string_view>
#include <vector>

namespace carillon {

namespace {

__extension__ using wide = unsigned __int128;

schema_decimal normalized(schema_decimal x) {
  if (x.digits == 0)
    return {};
  for (; x.digits % 10 == 0; x.digits /= 10)
    ++x.exponent;
  return x;
}

schema_decimal decimal_of_double(double x) {
  std::array<char, 40> text{};
  auto end = std::to_chars(text.data(), text.data() + text.size(), std::abs(x),
                           std::chars_format::scientific)
               .ptr;
  schema_decimal out{.negative = x < 0};
  auto* e = std::find(text.data(), end, 'e');
  int fraction = 0;
  bool behind_point = false;
  for (auto* p = text.data(); p != e; ++p) {
    if (*p == '.') {
      behind_point = true;
      continue;
    }
    out.digits = out.digits * 10 + static_cast<uint64_t>(*p - '0');
    fraction += behind_point ? 1 : 0;
  }
  auto* digits = e + 1;
  if (digits != end && *digits == '+')
    ++digits;
  std::from_chars(digits, end, out.exponent);
  out.exponent -= fraction;
  return normalized(out);
}

void append_number(std::string& out, const rapidjson::Value& x) {
  auto number = decimal_of(x);
  if (number.negative)
    out += '-';
  out += std::to_string(number.digits);
  out += 'e';
  out += std::to_string(number.exponent);
}

void append_object(std::string& out, const rapidjson::Value& x) {
  using member = rapidjson::Value::Member;
  std::vector<const member*> members;
  members.reserve(x.MemberCount());
  for (const auto& y : x.GetObject())
    members.push_back(&y);
  std::sort(members.begin(), members.end(),
            [](const member* a, const member* b) { return view_of(a->name) < view_of(b->name); });
  out += '{';
  for (const auto* y : members) {
    append_json_string(out, view_of(y->name));
    out += ':';
    append_canonical(out, y->value);
    out += ',';
  }
  out += '}';
}

} // namespace

schema_decimal decimal_of(const rapidjson::Value& x) {
  if (x.IsUint64())
    return normalized({.digits = x.GetUint64()});
  if (x.IsInt64())
    // Its own negation may not be an int64_t.
    return normalized(
      {.digits = uint64_t{0} - static_cast<uint64_t>(x.GetInt64()), .negative = true});
  return decimal_of_double(x.GetDouble());
}

bool is_multiple(const schema_decimal& x, const schema_decimal& of) noexcept {
  auto digits = x.digits;
  auto shift = x.exponent - of.exponent;
  for (; shift < 0 && digits != 0; ++shift) {
    if (digits % 10 != 0)
      return false;
    digits /= 10;
  }
  auto rest = digits % of.digits;
  for (; shift > 0 && rest != 0; --shift)
    rest = static_cast<uint64_t>(wide{rest} * 10 % of.digits);
  return rest == 0;
}

bool is_integer(const rapidjson::Value& x) noexcept {
  if (!x.IsNumber())
    return false;
  return !x.IsDouble() || x.GetDouble() == std::trunc(x.GetDouble());
}

void append_canonical(std::string& out, const rapidjson::Value& x) {
  switch (x.GetType()) {
  case rapidjson::kNullType:
    out += "null";
    break;
  case rapidjson::kFalseType:
    out += "false";
    break;
  case rapidjson::kTrueType:
    out += "true";
    break;
  case rapidjson::kStringType:
    append_json_string(out, view_of(x));
    break;
  case rapidjson::kNumberType:
    append_number(out, x);
    break;
  case rapidjson::kArrayType:
    out += '[';
    for (const auto& y : x.GetArray()) {
      append_canonical(out, y);
      out += ',';
    }
    out += ']';
    break;
  case rapidjson::kObjectType:
    append_object(out, x);
    break;
  }
}

} // namespace carillon
