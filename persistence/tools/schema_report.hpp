#pragma once

#include "base/failure.hpp"
#include "persistence/storage.hpp"

#include <cstdint>
#include <string>
#include <vector>

namespace carillon {

/// How far the schema of a part of a store is, such as one of its files.
struct schema_part {
  std::string name;
  /// Steps that were applied; 0 = the part is not there.
  int64_t applied = 0;
  /// Steps that this program knows.
  int64_t known = 0;
};

/// Looks at a store without changing it, also beside a running node. Errors: `invalid_argument`
/// (URL), `store_corrupt`, `store_too_new`, `store_unavailable`; the detail is for the operator.
expected<std::vector<schema_part>> report_schema(const storage_options& options);

} // namespace carillon
