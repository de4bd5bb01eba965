#include "net/admin/utf8.hpp"

namespace carillon::admin {

namespace {

unsigned byte_at(std::string_view x, size_t i) noexcept {
  return i < x.size() ? static_cast<unsigned char>(x[i]) : 0;
}

bool between(unsigned x, unsigned low, unsigned high) noexcept {
  return x >= low && x <= high;
}

/// Bytes of the character at the front; 0 if it is malformed.
size_t character_bytes(std::string_view x) noexcept {
  auto a = byte_at(x, 0);
  auto b = byte_at(x, 1);
  auto follows = [&](size_t i) { return between(byte_at(x, i), 0x80, 0xbf); };
  if (a < 0x80)
    return 1;
  if (between(a, 0xc2, 0xdf))
    return follows(1) ? 2 : 0;
  if (between(a, 0xe0, 0xef)) {
    auto low = a == 0xe0 ? 0xa0U : 0x80U;
    auto high = a == 0xed ? 0x9fU : 0xbfU;
    return between(b, low, high) && follows(2) ? 3 : 0;
  }
  if (between(a, 0xf0, 0xf4)) {
    auto low = a == 0xf0 ? 0x90U : 0x80U;
    auto high = a == 0xf4 ? 0x8fU : 0xbfU;
    return between(b, low, high) && follows(2) && follows(3) ? 4 : 0;
  }
  return 0;
}

} // namespace

bool is_utf8(std::string_view text) noexcept {
  while (!text.empty()) {
    auto size = character_bytes(text);
    if (size == 0)
      return false;
    text.remove_prefix(size);
  }
  return true;
}

std::string as_utf8(std::string_view text) {
  std::string out;
  out.reserve(text.size());
  while (!text.empty()) {
    auto size = character_bytes(text);
    if (size == 0) {
      out += "\xef\xbf\xbd";
      size = 1;
    } else {
      out += text.substr(0, size);
    }
    text.remove_prefix(size);
  }
  return out;
}

} // namespace carillon::admin
