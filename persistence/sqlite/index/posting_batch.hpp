#pragma once

#include "messages/events/event.hpp"
#include "persistence/sqlite/index/batch_rows.hpp"

#include <cstdint>
#include <memory_resource>
#include <string_view>
#include <unordered_map>
#include <vector>

namespace carillon::sqlite {

/// Groups the positions of a batch by a key, e.g. the company, so that they enter a
/// posting table in the order of its primary key.
class posting_batch {
public:
  /// @param texts memory for copies of keys; released by the owner after `clear`
  explicit posting_batch(std::pmr::monotonic_buffer_resource& texts) noexcept : texts_(texts) {
  }

  /// Adds an entry; positions ascend. Returns the number of its key: 0, 1, 2 … in
  /// the order of first appearance.
  uint32_t add(std::string_view key, position seq);

  /// Key by its number.
  std::string_view key(uint32_t number) const {
    return keys_[number];
  }

  size_t key_count() const noexcept {
    return keys_.size();
  }

  /// Numbers of all keys, by key.
  std::vector<uint32_t> sorted_keys() const;

  /// Runs `insert` (segment, rows) for all entries by (key, seq), if there are any.
  void insert_into(statement& insert, position segment);

  void clear();

private:
  struct entry {
    uint32_t key;
    position seq;
  };

  std::pmr::monotonic_buffer_resource& texts_;
  std::unordered_map<std::string_view, uint32_t> numbers_;
  std::vector<std::string_view> keys_;
  std::vector<uint32_t> sizes_;
  std::vector<entry> entries_;
  /// In the order of the table; memory that is used again.
  std::vector<batch_row> rows_;
};

} // namespace carillon::sqlite
