#include "messages/workers/own_name.hpp"

#include "base/crypto/sha256.hpp"

namespace carillon {

std::string own_name(std::string_view name, std::string_view company_id) {
  constexpr size_t digits = 12;
  std::string out{name};
  out += '.';
  return out += sha256_hex(company_id).substr(0, digits);
}

failure of_a_company(std::string_view consumer) {
  return {ec::forbidden,
          "'" + std::string{consumer}
            + "' is a consumer of a company: this API key needs its whole name, or 'companies/' "
              "before a pattern",
          "name"};
}

} // namespace carillon
