#include "persistence/sqlite/index/id_gaps.hpp"

#include <algorithm>

namespace carillon::sqlite {

size_t id_gaps::look_up(statement_cache<index_query>& sql, std::vector<bool>& may_be_there) {
  const auto before = [](const entry& a, const entry& b) { return a.key.bytes() < b.key.bytes(); };
  if (!std::is_sorted(keys_.begin(), keys_.end(), before))
    std::sort(keys_.begin(), keys_.end(), before);
  size_t look_ups = 0;
  // The index has no key between the last one that was looked up and `next_`; none behind it if it
  // ends.
  bool ends = false;
  for (const auto& x : keys_) {
    const auto bytes = x.key.bytes();
    if (look_ups == 0 || (!ends && next_ < bytes)) {
      auto row = sql.query(index_query::key_at_or_behind, blob_view{bytes});
      ends = !row.next();
      if (!ends)
        next_.assign(row->text(0));
      ++look_ups;
    }
    may_be_there[x.number] = !ends && next_ == bytes;
  }
  return look_ups;
}

} // namespace carillon::sqlite
