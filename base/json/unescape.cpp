#include "base/json/unescape.hpp"

#include <cstddef>
#include <cstdint>

namespace carillon {

namespace {

uint32_t hex_value(char c) noexcept {
  if (c >= '0' && c <= '9')
    return static_cast<uint32_t>(c - '0');
  if (c >= 'a' && c <= 'f')
    return static_cast<uint32_t>(c - 'a') + 10;
  return c >= 'A' && c <= 'F' ? static_cast<uint32_t>(c - 'A') + 10 : 0;
}

uint32_t unit_at(std::string_view raw, size_t at) noexcept {
  uint32_t out = 0;
  for (size_t i = at; i < at + 4 && i < raw.size(); ++i)
    out = out * 16 + hex_value(raw[i]);
  return out;
}

char* put_code_point(char* to, uint32_t x) noexcept {
  const auto put = [&](uint32_t byte) { *to++ = static_cast<char>(byte); };
  if (x < 0x80U) {
    put(x);
  } else if (x < 0x800U) {
    put(0xC0U | x >> 6U);
    put(0x80U | (x & 0x3FU));
  } else if (x < 0x10000U) {
    put(0xE0U | x >> 12U);
    put(0x80U | (x >> 6U & 0x3FU));
    put(0x80U | (x & 0x3FU));
  } else {
    put(0xF0U | x >> 18U);
    put(0x80U | (x >> 12U & 0x3FU));
    put(0x80U | (x >> 6U & 0x3FU));
    put(0x80U | (x & 0x3FU));
  }
  return to;
}

char of_short_escape(char letter) noexcept {
  switch (letter) {
  case 'b':
    return '\b';
  case 'f':
    return '\f';
  case 'n':
    return '\n';
  case 'r':
    return '\r';
  case 't':
    return '\t';
  default:
    return letter;
  }
}

/// Writes what the escape whose letter is at `at` stands for, and moves behind it.
char* put_escaped(char* to, std::string_view raw, size_t& at) noexcept {
  if (raw[at] != 'u') {
    *to++ = of_short_escape(raw[at++]);
    return to;
  }
  auto code = unit_at(raw, at + 1);
  at += 5;
  if (code >= 0xD800U && code < 0xDC00U && at + 1 < raw.size() && raw[at] == '\\'
      && raw[at + 1] == 'u') {
    code = 0x10000U + ((code - 0xD800U) << 10U) + ((unit_at(raw, at + 2) - 0xDC00U) & 0x3FFU);
    at += 6;
  }
  return put_code_point(to, code);
}

} // namespace

bool has_escapes(std::string_view raw) noexcept {
  return raw.find('\\') != std::string_view::npos;
}

std::string unescaped(std::string_view raw) {
  std::string out;
  append_unescaped(out, raw);
  return out;
}

void append_unescaped(std::string& out, std::string_view raw) {
  const auto before = out.size();
  out.resize(before + raw.size());
  auto* to = out.data() + before;
  size_t at = 0;
  while (at < raw.size()) {
    if (raw[at] != '\\')
      *to++ = raw[at++];
    else if (++at < raw.size())
      to = put_escaped(to, raw, at);
  }
  out.resize(static_cast<size_t>(to - out.data()));
}

} // namespace carillon
