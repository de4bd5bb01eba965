#include "base/json/raw_json.hpp"

#include <algorithm>
#include <array>
#include <bit>
#include <cstring>

namespace carillon {

namespace {

constexpr uint64_t each_byte = 0x0101010101010101U;
constexpr uint64_t high_bits = 0x8080808080808080U;

/// A bit in each byte that is 0; the lowest one is exact.
constexpr uint64_t zero_bytes(uint64_t x) noexcept {
  return (x - each_byte) & ~x & high_bits;
}

/// Characters at which the skipping of an object or array has to look.
constexpr auto make_marks() {
  std::array<bool, 256> out{};
  for (const char c : {'"', '{', '}', '[', ']'})
    out[static_cast<unsigned char>(c)] = true;
  return out;
}

constexpr auto marks = make_marks();

bool is_blank(char c) noexcept {
  return c == ' ' || c == '\n' || c == '\r' || c == '\t';
}

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

void append_code_point(std::string& out, uint32_t x) {
  const auto put = [&](uint32_t byte) { out += static_cast<char>(byte); };
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
}

/// Appends what the escape whose letter is at `at` stands for.
/// @returns the place after it
size_t append_escaped(std::string& out, std::string_view raw, size_t at) {
  switch (raw[at]) {
  case 'b':
    out += '\b';
    return at + 1;
  case 'f':
    out += '\f';
    return at + 1;
  case 'n':
    out += '\n';
    return at + 1;
  case 'r':
    out += '\r';
    return at + 1;
  case 't':
    out += '\t';
    return at + 1;
  case 'u':
    break;
  default:
    out += raw[at];
    return at + 1;
  }
  auto code = unit_at(raw, at + 1);
  at += 5;
  if (code >= 0xD800U && code < 0xDC00U
      && raw.substr(std::min(at, raw.size())).starts_with("\\u")) {
    code = 0x10000U + ((code - 0xD800U) << 10U) + ((unit_at(raw, at + 2) - 0xDC00U) & 0x3FFU);
    at += 6;
  }
  append_code_point(out, code);
  return at;
}

} // namespace

raw_kind raw_kind_of(std::string_view value) noexcept {
  if (value.empty())
    return raw_kind::missing;
  switch (value.front()) {
  case '"':
    return raw_kind::string;
  case '{':
    return raw_kind::object;
  case '[':
    return raw_kind::array;
  case 'n':
    return raw_kind::null;
  case 't':
  case 'f':
    return raw_kind::boolean;
  default:
    return raw_kind::number;
  }
}

void raw_json::skip_blanks() noexcept {
  while (at_ < end_ && is_blank(*at_))
    ++at_;
}

const char* raw_json::end_of_string(const char* from) const noexcept {
  auto p = from;
  while (end_ - p >= 8) {
    uint64_t word = 0;
    std::memcpy(&word, p, sizeof word);
    const auto found = zero_bytes(word ^ (each_byte * '"')) | zero_bytes(word ^ (each_byte * '\\'));
    if (found == 0) {
      p += 8;
      continue;
    }
    static_assert(std::endian::native == std::endian::little);
    p += std::countr_zero(found) / 8;
    if (*p == '"')
      return p;
    p += end_ - p > 1 ? 2 : 1;
  }
  while (p < end_ && *p != '"')
    p += *p == '\\' && end_ - p > 1 ? 2 : 1;
  return p;
}

void raw_json::skip_value() noexcept {
  if (at_ >= end_)
    return;
  if (*at_ == '"') {
    at_ = end_of_string(at_ + 1);
    at_ += at_ < end_ ? 1 : 0;
    return;
  }
  if (*at_ != '{' && *at_ != '[') {
    while (at_ < end_ && *at_ != ',' && *at_ != '}' && *at_ != ']' && !is_blank(*at_))
      ++at_;
    return;
  }
  size_t depth = 0;
  while (at_ < end_) {
    const char c = *at_;
    if (!marks[static_cast<unsigned char>(c)]) {
      ++at_;
      continue;
    }
    if (c == '"') {
      at_ = end_of_string(at_ + 1);
      at_ += at_ < end_ ? 1 : 0;
      continue;
    }
    ++at_;
    depth += c == '{' || c == '[' ? 1 : 0;
    if ((c == '}' || c == ']') && --depth == 0)
      return;
  }
}

raw_kind raw_json::kind() noexcept {
  skip_blanks();
  return raw_kind_of({at_, static_cast<size_t>(end_ - at_)});
}

std::string_view raw_json::value() noexcept {
  skip_blanks();
  const auto* begin = at_;
  skip_value();
  return {begin, static_cast<size_t>(at_ - begin)};
}

bool raw_json::enter() noexcept {
  const auto what = kind();
  if (what != raw_kind::object && what != raw_kind::array)
    return false;
  ++at_;
  return true;
}

bool raw_json::next_name(std::string_view& raw) noexcept {
  while (at_ < end_ && (is_blank(*at_) || *at_ == ','))
    ++at_;
  if (at_ >= end_ || *at_ != '"') {
    at_ += at_ < end_ ? 1 : 0;
    return false;
  }
  const auto* begin = at_ + 1;
  const auto* last = end_of_string(begin);
  raw = {begin, static_cast<size_t>(last - begin)};
  at_ = last < end_ ? last + 1 : end_;
  while (at_ < end_ && (is_blank(*at_) || *at_ == ':'))
    ++at_;
  return at_ < end_;
}

bool raw_json::next_item() noexcept {
  while (at_ < end_ && (is_blank(*at_) || *at_ == ','))
    ++at_;
  if (at_ >= end_)
    return false;
  if (*at_ != ']' && *at_ != '}')
    return true;
  ++at_;
  return false;
}

bool has_escapes(std::string_view raw) noexcept {
  return raw.find('\\') != std::string_view::npos;
}

std::string unescaped(std::string_view raw) {
  std::string out;
  out.reserve(raw.size());
  size_t at = 0;
  while (at < raw.size()) {
    const auto next = std::min(raw.find('\\', at), raw.size());
    out.append(raw, at, next - at);
    at = next + 1 < raw.size() ? append_escaped(out, raw, next + 1) : raw.size();
  }
  return out;
}

} // namespace carillon
