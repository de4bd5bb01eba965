#include "persistence/postgres/advisory.hpp"

namespace carillon::postgres {

std::string numbers_of(advisory x) {
  // `CARI`; locks of other programs in the database have other first numbers.
  return "1128354377, " + std::to_string(static_cast<int>(x));
}

std::string statement_to_lock(advisory x) {
  return "SELECT pg_advisory_xact_lock(" + numbers_of(x) + "); ";
}

} // namespace carillon::postgres
