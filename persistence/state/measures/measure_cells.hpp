#pragma once

#include "messages/measures/cell.hpp"
#include "messages/measures/requests.hpp"
#include "persistence/state/sql/state_connection.hpp"

#include <map>
#include <span>
#include <vector>

namespace carillon::sql {

/// What definitions have measured, in SQL. Every call is within a transaction.
class measure_cells {
public:
  explicit measure_cells(state_connection& db) noexcept : db_(db) {
  }

  /// Adds to the cells. Groups beyond the limit of a definition, company and hour count as one.
  void add(std::span<const measure_delta> xs);

  /// The first rows of a definition's series.
  /// @param id of the definition
  std::vector<measure_row> read(uint64_t id, const query_measures& x);

  /// Deletes some cells of a definition; false if none are left.
  bool erase_some(uint64_t id);

private:
  using cells = std::map<measure_key, measure_cell>;

  /// Sums of the same cells, the groups as they are stored.
  cells summed(std::span<const measure_delta> xs);
  void write(const measure_key& key, measure_cell cell);

  state_connection& db_;
};

} // namespace carillon::sql
