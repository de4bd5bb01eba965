#include "messages/codec/schema/schema_format.hpp"

#include "base/json/strict_json.hpp"
#include "base/text/uri.hpp"
#include "base/time.hpp"
#include "messages/codec/schema/schema_decimal.hpp"

#include <re2/re2.h>

#include <arpa/inet.h>

#include <algorithm>
#include <array>
#include <limits>
#include <string>

namespace carillon {

namespace {

struct named_format {
  std::string_view name;
  schema_format format;
};

constexpr std::array named_formats{
  named_format{"date-time", schema_format::date_time},
  named_format{"date", schema_format::date},
  named_format{"time", schema_format::time},
  named_format{"duration", schema_format::duration},
  named_format{"email", schema_format::email},
  named_format{"hostname", schema_format::hostname},
  named_format{"ipv4", schema_format::ipv4},
  named_format{"ipv6", schema_format::ipv6},
  named_format{"uri", schema_format::uri},
  named_format{"uri-reference", schema_format::uri_reference},
  named_format{"uuid", schema_format::uuid},
  named_format{"int32", schema_format::int32},
  named_format{"int64", schema_format::int64},
  named_format{"float", schema_format::any},
  named_format{"double", schema_format::any},
};

bool matches(std::string_view text, const re2::RE2& expression) {
  return re2::RE2::FullMatch({text.data(), text.size()}, expression);
}

/// RFC 3339, appendix A.
bool is_duration(std::string_view x) {
  static const re2::RE2 shape{
    R"(P(?:\d+W|(?:\d+Y)?(?:\d+M)?(?:\d+D)?(?:T(?:\d+H)?(?:\d+M)?(?:\d+(?:\.\d+)?S)?)?))"};
  return x != "P" && !x.ends_with('T') && matches(x, shape);
}

constexpr const char* host_label = "[A-Za-z0-9](?:[A-Za-z0-9-]{0,61}[A-Za-z0-9])?";

/// RFC 1123 section 2.1.
bool is_hostname(std::string_view x) {
  static const re2::RE2 shape{std::string{host_label} + R"((?:\.)" + host_label + ")*"};
  return x.size() <= 253 && matches(x, shape);
}

/// An address as it is written in practice: RFC 5321 without quoted local parts and address
/// literals.
bool is_email(std::string_view x) {
  static const re2::RE2 local{R"([\w!#$%&'*+/=?^`{|}~-]+(?:\.[\w!#$%&'*+/=?^`{|}~-]+)*)"};
  auto at = x.rfind('@');
  return at != std::string_view::npos && at <= 64 && matches(x.substr(0, at), local)
         && is_hostname(x.substr(at + 1));
}

bool is_uuid(std::string_view x) {
  static const re2::RE2 shape{"[0-9A-Fa-f]{8}(?:-[0-9A-Fa-f]{4}){3}-[0-9A-Fa-f]{12}"};
  return matches(x, shape);
}

bool is_address(int family, std::string_view x) {
  std::array<unsigned char, 16> ignored{};
  return x.find('\0') == std::string_view::npos
         && ::inet_pton(family, std::string{x}.c_str(), ignored.data()) == 1;
}

bool is_date(std::string_view x) {
  return x.size() == 10 && from_date_or_time(x).has_value();
}

bool fits_text(schema_format format, std::string_view x) {
  switch (format) {
  case schema_format::date_time:
    return from_rfc3339(x).has_value();
  case schema_format::date:
    return is_date(x);
  case schema_format::time:
    // A day with a leap second in UTC.
    return from_rfc3339("2016-12-31T" + std::string{x}).has_value();
  case schema_format::duration:
    return is_duration(x);
  case schema_format::email:
    return is_email(x);
  case schema_format::hostname:
    return is_hostname(x);
  case schema_format::ipv4:
    return is_address(AF_INET, x);
  case schema_format::ipv6:
    return is_address(AF_INET6, x);
  case schema_format::uri:
    return is_uri(x);
  case schema_format::uri_reference:
    return is_uri_reference(x);
  case schema_format::uuid:
    return is_uuid(x);
  default:
    return true;
  }
}

bool fits_number(schema_format format, const rapidjson::Value& x) {
  auto value = x.GetDouble();
  switch (format) {
  case schema_format::int32:
    return is_integer(x) && value >= std::numeric_limits<int32_t>::min()
           && value <= std::numeric_limits<int32_t>::max();
  case schema_format::int64:
    return is_integer(x) && (x.IsInt64() || (x.IsDouble() && value >= -0x1p63 && value < 0x1p63));
  default:
    return true;
  }
}

} // namespace

std::optional<schema_format> schema_format_from(std::string_view name) noexcept {
  const auto* found = std::find_if(named_formats.begin(), named_formats.end(),
                                   [&](const auto& x) { return x.name == name; });
  return found != named_formats.end() ? std::optional{found->format} : std::nullopt;
}

bool fits_format(schema_format format, const rapidjson::Value& x) {
  if (x.IsString())
    return fits_text(format, view_of(x));
  return !x.IsNumber() || fits_number(format, x);
}

} // namespace carillon
