#include "base/text/hex.hpp"

namespace carillon {

void append_hex(std::string& out, std::span<const unsigned char> bytes, std::string_view digits) {
  for (auto byte : bytes) {
    out += digits[byte >> 4U];
    out += digits[byte & 15U];
  }
}

std::string to_hex(std::span<const unsigned char> bytes) {
  std::string out;
  out.reserve(2 * bytes.size());
  append_hex(out, bytes);
  return out;
}

void append_percent_encoded(std::string& out, unsigned char byte) {
  out += '%';
  append_hex(out, {&byte, 1}, upper_hex);
}

} // namespace carillon
