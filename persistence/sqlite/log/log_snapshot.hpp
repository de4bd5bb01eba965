#pragma once

#include "messages/events/log_requests.hpp"
#include "persistence/sqlite/index/index_reader.hpp"
#include "persistence/sqlite/log_cursor.hpp"

#include <functional>
#include <optional>

namespace carillon::sqlite {

/// The log and its index at one moment. The index is read first, so that the log is never behind
/// it.
class log_snapshot {
public:
  /// @param index null = without the index: all of the log is then its tail
  log_snapshot(log_cursor& log, index_reader* index);

  /// Last position of the log.
  position head() const noexcept {
    return head_;
  }

  struct range {
    const event_filter& filter;
    sort_order order;
    /// Both inclusive, in the direction of the order.
    position first;
    position last;
  };

  /// Called with every position that may match; false ends the walk.
  /// @param certain true if it matches for sure
  using visitor = std::function<bool(position at, bool certain)>;

  /// Visits possible matches: the candidates of the index, then every position of the tail, or the
  /// reverse. Returns the position to continue with, empty at the end of the range.
  std::optional<position> walk(const range& x, work_budget& budget, const visitor& visit);

  /// Everything up to here is in the index; 0 without one.
  position indexed() const noexcept {
    return indexed_;
  }

private:
  index_reader* index_;
  std::optional<transaction> index_transaction_;
  position indexed_ = 0;
  position head_ = 0;
};

} // namespace carillon::sqlite
