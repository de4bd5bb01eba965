#include "messages/workers/own_name.hpp"

#include "base/crypto/sha256.hpp"

namespace carillon {

std::string own_name(std::string_view name, std::string_view company_id) {
  constexpr size_t digits = 12;
  std::string out{name};
  out += '.';
  return out += sha256_hex(company_id).substr(0, digits);
}

} // namespace carillon
