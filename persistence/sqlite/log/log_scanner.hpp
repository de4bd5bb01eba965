#pragma once

#include "messages/events/event.hpp"
#include "messages/events/log_requests.hpp"
#include "persistence/sqlite/sql.hpp"
#include "persistence/sqlite/statement_cache.hpp"

namespace carillon::sqlite {

/// Visits rows of the log in one direction, by positions that only advance. Close positions are
/// reached by stepping, distant ones by a search. Must not outlive the transaction that it reads
/// in.
class log_scanner {
public:
  log_scanner(statement_cache<log_query>& sql, sort_order order);
  log_scanner(const log_scanner&) = delete;
  log_scanner& operator=(const log_scanner&) = delete;
  ~log_scanner();

  /// The row at `x`, or null if there is none.
  const statement* at(position x);

private:
  bool descending() const noexcept {
    return order_ == sort_order::descending;
  }

  void search(position x);
  void step();

  statement& scan_;
  sort_order order_;
  /// Position of the current row, if `on_row_`.
  position current_ = 0;
  bool on_row_ = false;
  bool searched_ = false;
};

} // namespace carillon::sqlite
