#include "base/crypto/digest_input.hpp"

namespace carillon {

void append_digest_integer(std::string& out, uint64_t x) {
  for (int shift = 56; shift >= 0; shift -= 8)
    out.push_back(static_cast<char>(x >> shift & 0xff));
}

void append_digest_text(std::string& out, std::string_view x) {
  append_digest_integer(out, x.size());
  out.append(x);
}

} // namespace carillon
