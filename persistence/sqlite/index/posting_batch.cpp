#include "persistence/sqlite/index/posting_batch.hpp"

#include <algorithm>
#include <cstring>
#include <numeric>

namespace carillon::sqlite {

uint32_t posting_batch::add(std::string_view key, position seq) {
  auto found = numbers_.find(key);
  if (found == numbers_.end()) {
    auto* copy = static_cast<char*>(texts_.allocate(std::max<size_t>(key.size(), 1), 1));
    std::memcpy(copy, key.data(), key.size());
    const std::string_view kept{copy, key.size()};
    found = numbers_.emplace(kept, static_cast<uint32_t>(keys_.size())).first;
    keys_.push_back(kept);
    sizes_.push_back(0);
  }
  ++sizes_[found->second];
  entries_.push_back({found->second, seq});
  return found->second;
}

std::vector<uint32_t> posting_batch::sorted_keys() const {
  std::vector<uint32_t> order(keys_.size());
  std::iota(order.begin(), order.end(), 0U);
  std::sort(order.begin(), order.end(),
            [this](uint32_t a, uint32_t b) { return keys_[a] < keys_[b]; });
  return order;
}

void posting_batch::insert_into(statement& insert, position segment) {
  if (entries_.empty())
    return;
  const auto order = sorted_keys();
  // Counting sort: where the entries of each key begin.
  std::vector<size_t> next(keys_.size());
  size_t sum = 0;
  for (const auto key : order) {
    next[key] = sum;
    sum += sizes_[key];
  }
  rows_.resize(entries_.size());
  for (const auto& x : entries_)
    rows_[next[x.key]++] = {.key = keys_[x.key], .seq = x.seq};
  const batch_rows all{rows_};
  insert.reset();
  insert.bind(1, segment);
  bind_rows(insert, 2, all);
  rows{insert}.next();
}

void posting_batch::clear() {
  numbers_.clear();
  keys_.clear();
  sizes_.clear();
  entries_.clear();
}

} // namespace carillon::sqlite
