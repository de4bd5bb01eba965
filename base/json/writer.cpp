#include "base/json/writer.hpp"

#include "base/text/utf8.hpp"

#include <cmath>

namespace carillon {

namespace {

rapidjson::SizeType size_of(std::string_view x) {
  return static_cast<rapidjson::SizeType>(x.size());
}

} // namespace

void json_writer::key(std::string_view name) {
  auto clean = as_utf8(name);
  writer_.Key(clean.data(), size_of(clean));
}

json_writer& json_writer::begin_object() {
  writer_.StartObject();
  return *this;
}

json_writer& json_writer::begin_object(std::string_view name) {
  key(name);
  return begin_object();
}

json_writer& json_writer::end_object() {
  writer_.EndObject();
  return *this;
}

json_writer& json_writer::begin_array(std::string_view name) {
  key(name);
  writer_.StartArray();
  return *this;
}

json_writer& json_writer::end_array() {
  writer_.EndArray();
  return *this;
}

json_writer& json_writer::member(std::string_view name, std::string_view x) {
  key(name);
  auto clean = as_utf8(x);
  writer_.String(clean.data(), size_of(clean));
  return *this;
}

json_writer& json_writer::member(std::string_view name, const char* x) {
  return member(name, std::string_view{x});
}

json_writer& json_writer::member(std::string_view name, uint64_t x) {
  key(name);
  writer_.Uint64(x);
  return *this;
}

json_writer& json_writer::member(std::string_view name, int64_t x) {
  key(name);
  writer_.Int64(x);
  return *this;
}

json_writer& json_writer::member(std::string_view name, double x) {
  key(name);
  if (std::isfinite(x))
    writer_.Double(x);
  else
    writer_.Null();
  return *this;
}

json_writer& json_writer::member(std::string_view name, bool x) {
  key(name);
  writer_.Bool(x);
  return *this;
}

json_writer& json_writer::member(std::string_view name, timestamp x) {
  return member(name, std::string_view{to_rfc3339(x)});
}

json_writer& json_writer::null(std::string_view name) {
  key(name);
  writer_.Null();
  return *this;
}

json_writer& json_writer::member_or_null(std::string_view name, std::string_view x) {
  return x.empty() ? null(name) : member(name, x);
}

json_writer& json_writer::raw(std::string_view name, std::string_view json) {
  key(name);
  return raw(json);
}

json_writer& json_writer::raw(std::string_view json) {
  writer_.RawValue(json.data(), json.size(), rapidjson::kObjectType);
  return *this;
}

json_writer& json_writer::item(uint64_t x) {
  writer_.Uint64(x);
  return *this;
}

json_writer& json_writer::item(std::string_view x) {
  auto clean = as_utf8(x);
  writer_.String(clean.data(), size_of(clean));
  return *this;
}

} // namespace carillon
