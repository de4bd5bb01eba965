#pragma once

#include "persistence/sqlite/index/id_key.hpp"
#include "persistence/sqlite/sql.hpp"
#include "persistence/sqlite/statement_cache.hpp"

#include <cstddef>
#include <string>
#include <vector>

namespace carillon::sqlite {

/// The ids of one call, and which of them `idx_id` may have. One look-up finds the first key at or
/// behind an id: whatever the call has before that key is new. So ids that ascend, as UUIDv7 do,
/// cost one look-up together, and any others one each.
class id_gaps {
public:
  void clear() noexcept {
    keys_.clear();
  }

  /// @param id outlives the use of it here
  void add(std::string_view id, size_t number) {
    keys_.push_back({id_key{id}, number});
  }

  /// Sets `may_be_there[number]` of the ids whose key the index has. Within one transaction, so
  /// that all answers are of one moment. Returns how many look-ups it took. Throws
  /// SQLite::Exception.
  size_t look_up(statement_cache<index_query>& sql, std::vector<bool>& may_be_there);

private:
  struct entry {
    id_key key;
    size_t number;
  };

  /// Memory that is used again.
  std::vector<entry> keys_;
  std::string next_;
};

} // namespace carillon::sqlite
