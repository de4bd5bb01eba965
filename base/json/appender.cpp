#include "base/json/appender.hpp"

#include <array>
#include <charconv>

namespace carillon {

namespace {

template <class Number>
void append_number(std::string& out, Number x) {
  std::array<char, 20> buffer{};
  auto end = std::to_chars(buffer.data(), buffer.data() + buffer.size(), x).ptr;
  out.append(buffer.data(), end);
}

} // namespace

void append_json_string(std::string& out, std::string_view text) {
  static constexpr std::string_view hex = "0123456789abcdef";
  out += '"';
  size_t plain = 0;
  for (size_t i = 0; i < text.size(); ++i) {
    auto c = static_cast<unsigned char>(text[i]);
    if (c >= 0x20 && c != '"' && c != '\\')
      continue;
    out.append(text, plain, i - plain);
    plain = i + 1;
    out += '\\';
    switch (c) {
    case '"':
    case '\\':
      out += static_cast<char>(c);
      break;
    case '\n':
      out += 'n';
      break;
    case '\r':
      out += 'r';
      break;
    case '\t':
      out += 't';
      break;
    default:
      out += "u00";
      out += hex[c >> 4];
      out += hex[c & 0xf];
    }
  }
  out.append(text, plain, text.size() - plain);
  out += '"';
}

void json_appender::separate() {
  if (out_.size() <= begin_)
    return;
  // No JSON value ends with one of these.
  if (auto last = out_.back(); last != '{' && last != '[' && last != ':')
    out_ += ',';
}

json_appender& json_appender::key(std::string_view name) {
  separate();
  out_ += '"';
  out_ += name;
  out_ += "\":";
  return *this;
}

json_appender& json_appender::begin_object() {
  separate();
  out_ += '{';
  return *this;
}

json_appender& json_appender::begin_object(std::string_view name) {
  key(name);
  out_ += '{';
  return *this;
}

json_appender& json_appender::end_object() {
  out_ += '}';
  return *this;
}

json_appender& json_appender::begin_array() {
  separate();
  out_ += '[';
  return *this;
}

json_appender& json_appender::begin_array(std::string_view name) {
  key(name);
  out_ += '[';
  return *this;
}

json_appender& json_appender::end_array() {
  out_ += ']';
  return *this;
}

json_appender& json_appender::member(std::string_view name, std::string_view x) {
  key(name);
  append_json_string(out_, x);
  return *this;
}

json_appender& json_appender::member(std::string_view name, const char* x) {
  return member(name, std::string_view{x});
}

json_appender& json_appender::member(std::string_view name, uint64_t x) {
  key(name);
  append_number(out_, x);
  return *this;
}

json_appender& json_appender::member(std::string_view name, int64_t x) {
  key(name);
  append_number(out_, x);
  return *this;
}

json_appender& json_appender::member(std::string_view name, bool x) {
  key(name);
  out_ += x ? "true" : "false";
  return *this;
}

json_appender& json_appender::member(std::string_view name, timestamp x) {
  key(name);
  out_ += '"';
  append_rfc3339(out_, x);
  out_ += '"';
  return *this;
}

json_appender& json_appender::member_unless_empty(std::string_view name, std::string_view x) {
  return x.empty() ? *this : member(name, x);
}

json_appender& json_appender::member_or_null(std::string_view name, std::string_view x) {
  return x.empty() ? raw(name, "null") : member(name, x);
}

json_appender& json_appender::raw(std::string_view name, std::string_view json) {
  key(name);
  out_ += json;
  return *this;
}

json_appender& json_appender::item(std::string_view x) {
  separate();
  append_json_string(out_, x);
  return *this;
}

json_appender& json_appender::item(uint64_t x) {
  separate();
  append_number(out_, x);
  return *this;
}

} // namespace carillon
