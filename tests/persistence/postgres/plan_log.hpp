#pragma once

#include "tests/support/own_postgres.hpp"

#include <cstdint>
#include <map>
#include <string>
#include <vector>

namespace carillon::test {

/// A node of a plan that reads a table or an index.
struct plan_scan {
  std::string node; ///< `Index Scan`
  std::string table;
  std::string index;
  /// The index condition; empty = a full index scan.
  std::string condition;
  /// Found rows are filtered.
  bool filtered = false;
  /// Ends when there are enough rows.
  bool limited = false;
  /// Over all loops, also those that a filter removed.
  double rows = 0;
};

struct plan {
  std::string statement;
  std::vector<plan_scan> scans;
  /// Of all nodes that sort.
  double rows_sorted = 0;
};

/// The plan in an answer of `EXPLAIN (FORMAT JSON)`.
plan parse_plan(const std::string& json);

/// By index: its first column.
using first_columns = std::map<std::string, std::string>;

/// Of all indexes of a database.
first_columns indexes_of(const std::string& url);

/// Plans that a server executed for later connections: `auto_explain`, with the rows read.
class plan_log {
public:
  explicit plan_log(own_postgres& server);
  plan_log(const plan_log&) = delete;
  plan_log& operator=(const plan_log&) = delete;
  ~plan_log();

  /// The plans since the last call.
  std::vector<plan> take();

  const first_columns& indexes() const noexcept {
    return indexes_;
  }

private:
  own_postgres& server_;
  first_columns indexes_;
  uint64_t offset_ = 0;
};

} // namespace carillon::test
