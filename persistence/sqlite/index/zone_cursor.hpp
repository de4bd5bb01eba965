#pragma once

#include "messages/events/event.hpp"
#include "messages/events/filter.hpp"
#include "messages/events/log_requests.hpp"
#include "persistence/sqlite/sql.hpp"
#include "persistence/sqlite/statement_cache.hpp"

#include <optional>

namespace carillon::sqlite {

/// Positions per block of the zone map's two levels, as shifts.
constexpr unsigned fine_shift = 10;
constexpr unsigned coarse_shift = 18;

/// Skips blocks of the log without a time in a range. Lives within one transaction.
class zone_cursor {
public:
  /// @param last greatest position that the index has
  zone_cursor(statement_cache<index_query>& sql, const event_filter& filter, sort_order order,
              position last);

  /// The first position at or beyond `from` whose block may have a time in the range;
  /// empty at the end.
  std::optional<position> seek(position from);

  /// True if every time of the block of the last answer is in the range.
  bool settled() const noexcept {
    return settled_;
  }

private:
  struct block {
    position number;
    bool settled;
  };

  std::optional<block> find(unsigned shift, position from, position to);
  position first_of(position number, unsigned shift) const noexcept;

  statement_cache<index_query>& sql_;
  int64_t from_time_;
  int64_t to_time_;
  bool descending_;
  position last_;
  /// Block of the last answer.
  std::optional<position> current_;
  bool settled_ = false;
};

} // namespace carillon::sqlite
