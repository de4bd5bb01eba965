#include "base/text/utf8.hpp"

#include <rapidjson/encodings.h>
#include <rapidjson/memorystream.h>

#include <algorithm>
#include <cstdint>
#include <cstring>

namespace carillon {

namespace {

/// An output that discards validated characters.
struct nowhere {
  using Ch = char;

  void Put(char) {
  }
};

/// Bytes of the character at `from`; 0 if it is malformed.
size_t character_bytes(std::string_view text, size_t from) noexcept {
  if (static_cast<unsigned char>(text[from]) < 0x80)
    return 1;
  rapidjson::MemoryStream in{text.data() + from, text.size() - from};
  nowhere out;
  // Past its end the stream yields NUL, which continues no character.
  return rapidjson::UTF8<>::Validate(in, out) ? in.Tell() : 0;
}

} // namespace

bool is_utf8(std::string_view text) noexcept {
  for (size_t at = 0; at < text.size();) {
    // Most text is ASCII: eight bytes at a time.
    uint64_t eight = 0;
    if (at + sizeof eight <= text.size()) {
      std::memcpy(&eight, text.data() + at, sizeof eight);
      if ((eight & 0x8080'8080'8080'8080ULL) == 0) {
        at += sizeof eight;
        continue;
      }
    }
    auto bytes = character_bytes(text, at);
    if (bytes == 0)
      return false;
    at += bytes;
  }
  return true;
}

std::string as_utf8(std::string_view text) {
  std::string out;
  out.reserve(text.size());
  for (size_t at = 0; at < text.size();) {
    auto size = character_bytes(text, at);
    out += size == 0 ? "\xef\xbf\xbd" : text.substr(at, size);
    at += std::max<size_t>(size, 1);
  }
  return out;
}

std::string excerpt(std::string_view text, size_t bytes) {
  std::string out;
  for (size_t at = 0; at < text.size();) {
    auto size = character_bytes(text, at);
    if (out.size() + std::max<size_t>(size, 1) > bytes)
      break;
    if (size == 0)
      out += '?';
    else
      out += text.substr(at, size);
    at += std::max<size_t>(size, 1);
  }
  return out;
}

} // namespace carillon
