#pragma once

#include "base/failure.hpp"
#include "persistence/storage.hpp"

#include <cstdint>
#include <string>
#include <vector>

namespace carillon {

/// Schema version of a part of a store, such as one of its files.
struct schema_part {
  std::string name;
  /// Applied steps; 0 = the part does not exist.
  int64_t applied = 0;
  /// Steps that this program knows.
  int64_t known = 0;
};

/// Examines a store without changing it, even beside a running node. Errors: `invalid_argument`
/// (URL), `store_corrupt`, `store_too_new`, `store_unavailable`; the detail is for the operator.
expected<std::vector<schema_part>> report_schema(const storage_options& options);

} // namespace carillon
