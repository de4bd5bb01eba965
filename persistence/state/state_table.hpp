#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

namespace carillon {

/// A table of the state, for copying it from one store to another.
struct state_table {
  std::string name;
  std::vector<std::string> columns;
  uint64_t rows = 0;
  /// The last assigned number, if the table numbers its rows: numbers of deleted rows are not
  /// reused.
  std::optional<int64_t> last_id;
};

} // namespace carillon
