#include "persistence/sqlite/index/zone_cursor.hpp"

#include <algorithm>
#include <limits>

namespace carillon::sqlite {

zone_cursor::zone_cursor(statement_cache<index_query>& sql, const event_filter& filter,
                         sort_order order, position last)
  : sql_(sql),
    from_time_(filter.from ? to_micros(*filter.from) : std::numeric_limits<int64_t>::min()),
    to_time_(filter.to ? to_micros(*filter.to) : std::numeric_limits<int64_t>::max()),
    descending_(order == sort_order::descending), last_(last) {
}

std::optional<position> zone_cursor::seek(position from) {
  constexpr unsigned fan = coarse_shift - fine_shift;
  if (current_ && from >> fine_shift == *current_)
    return from;
  const position end = descending_ ? 0 : last_;
  while (true) {
    const auto coarse = find(coarse_shift, from >> coarse_shift, end >> coarse_shift);
    if (!coarse)
      return std::nullopt;
    if (coarse->number != from >> coarse_shift)
      from = first_of(coarse->number, coarse_shift);
    const auto edge = descending_ ? coarse->number << fan : ((coarse->number + 1) << fan) - 1;
    if (const auto fine = find(fine_shift, from >> fine_shift, edge)) {
      current_ = fine->number;
      settled_ = fine->settled;
      return fine->number == from >> fine_shift ? from : first_of(fine->number, fine_shift);
    }
    if (coarse->number == end >> coarse_shift)
      return std::nullopt;
    from = first_of(descending_ ? coarse->number - 1 : coarse->number + 1, coarse_shift);
  }
}

std::optional<zone_cursor::block> zone_cursor::find(unsigned shift, position from, position to) {
  const auto query = descending_ ? index_query::zone_down : index_query::zone_up;
  auto row = sql_.query(query, shift, from, to, from_time_, to_time_);
  if (!row.next())
    return std::nullopt;
  return block{row->number(0), row->integer(1) >= from_time_ && row->integer(2) < to_time_};
}

position zone_cursor::first_of(position number, unsigned shift) const noexcept {
  return descending_ ? std::min(last_, ((number + 1) << shift) - 1)
                     : std::max<position>(1, number << shift);
}

} // namespace carillon::sqlite
