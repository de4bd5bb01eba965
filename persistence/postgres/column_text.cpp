#include "persistence/postgres/column_text.hpp"

#include "base/text/hex.hpp"
#include "base/text/utf8.hpp"

namespace carillon::postgres {

namespace {

int digit_of(char c) noexcept {
  return c <= '9' ? c - '0' : (c | 0x20) - 'a' + 10;
}

} // namespace

std::string bytes_from(std::string_view hex) {
  std::string out;
  for (size_t i = 2; i + 1 < hex.size(); i += 2)
    out += static_cast<char>(digit_of(hex[i]) * 16 + digit_of(hex[i + 1]));
  return out;
}

std::string hex_of(std::string_view bytes) {
  std::string out = "\\x";
  append_hex(out, {reinterpret_cast<const unsigned char*>(bytes.data()), bytes.size()});
  return out;
}

std::string text_from(std::string_view x) {
  auto out = std::string{as_utf8(x)};
  for (size_t at = 0; (at = out.find('\0', at)) != std::string::npos; ++at)
    out[at] = ' ';
  return out;
}

} // namespace carillon::postgres
