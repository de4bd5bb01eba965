#include "base/text/printable.hpp"

#include "base/text/hex.hpp"
#include "base/text/utf8.hpp"

#include <algorithm>

namespace carillon {

namespace {

/// Length of the first character if it may not be shown; 0 if it may. The text is UTF-8.
size_t hidden_bytes(std::string_view x) noexcept {
  auto first = static_cast<unsigned char>(x.front());
  if (first < 0x20 || first == 0x7f)
    return 1;
  // U+0080–U+009F are control characters as well; U+2028 and U+2029 break lines.
  if (first == 0xc2 && static_cast<unsigned char>(x[1]) < 0xa0)
    return 2;
  return x.starts_with("\xe2\x80\xa8") || x.starts_with("\xe2\x80\xa9") ? 3 : 0;
}

} // namespace

std::string printable(std::string_view text) {
  const bool utf8 = is_utf8(text);
  std::string out;
  while (!text.empty()) {
    const bool is_character = utf8 || static_cast<unsigned char>(text.front()) < 0x80;
    const auto hidden = is_character ? hidden_bytes(text) : 1;
    for (auto c : text.substr(0, hidden)) {
      auto byte = static_cast<unsigned char>(c);
      out += "\\x";
      append_hex(out, {&byte, 1});
    }
    if (hidden == 0)
      out += text.front();
    text.remove_prefix(std::max<size_t>(hidden, 1));
  }
  return out;
}

} // namespace carillon
