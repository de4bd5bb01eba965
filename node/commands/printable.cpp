#include "node/commands/printable.hpp"

#include "messages/utf8.hpp"
#include "node/commands/api_client.hpp"

namespace carillon::commands {

std::string printable(std::string_view text) {
  constexpr std::string_view hex = "0123456789abcdef";
  const bool utf8 = is_utf8(text);
  std::string out;
  auto escape = [&](unsigned char c) {
    out += "\\x";
    out += hex[c >> 4U];
    out += hex[c & 15U];
  };
  for (size_t i = 0; i < text.size(); ++i) {
    auto c = static_cast<unsigned char>(text[i]);
    // U+0080–U+009F are control characters as well.
    auto next = i + 1 < text.size() ? static_cast<unsigned char>(text[i + 1]) : 0U;
    if (c == 0xc2 && next < 0xa0 && utf8) {
      escape(c);
      escape(static_cast<unsigned char>(next));
      ++i;
    } else if (c < 0x20 || c == 0x7f || (c >= 0x80 && !utf8)) {
      escape(c);
    } else {
      out += static_cast<char>(c);
    }
  }
  return out;
}

std::string shown_member(const rapidjson::Value& object, const char* name) {
  auto text = text_member(object, name);
  return text.empty() ? "-" : printable(text);
}

} // namespace carillon::commands
