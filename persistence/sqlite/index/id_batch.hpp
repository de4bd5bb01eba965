#pragma once

#include "messages/events/event.hpp"
#include "persistence/sqlite/index/batch_rows.hpp"

#include <memory_resource>
#include <string_view>
#include <vector>

namespace carillon::sqlite {

/// The ids of a batch, which enter `idx_id` in the order of its primary key.
class id_batch {
public:
  /// @param texts memory for copies of ids; released by the owner after `clear`
  explicit id_batch(std::pmr::monotonic_buffer_resource& texts) noexcept : texts_(texts) {
  }

  /// @param company, source their `name_hash`
  void add(std::string_view id, int64_t company, int64_t source, position seq);

  /// Runs `insert` (rows) for all entries, if there are any.
  void insert_into(statement& insert);

  void clear() noexcept {
    rows_.clear();
  }

private:
  std::pmr::monotonic_buffer_resource& texts_;
  std::vector<batch_row> rows_;
};

} // namespace carillon::sqlite
