#include "persistence/sqlite/index/id_batch.hpp"

#include "persistence/sqlite/index/id_key.hpp"

#include <algorithm>
#include <cstring>
#include <tuple>

namespace carillon::sqlite {

void id_batch::add(std::string_view id, int64_t company, int64_t source, position seq) {
  const id_key key{id};
  const auto bytes = key.bytes();
  auto* copy = static_cast<char*>(texts_.allocate(std::max<size_t>(bytes.size(), 1), 1));
  std::memcpy(copy, bytes.data(), bytes.size());
  rows_.push_back({.key = {copy, bytes.size()}, .seq = seq, .company = company, .source = source});
}

void id_batch::insert_into(statement& insert) {
  if (rows_.empty())
    return;
  const auto before = [](const batch_row& a, const batch_row& b) {
    return std::tie(a.key, a.company, a.source, a.seq)
           < std::tie(b.key, b.company, b.source, b.seq);
  };
  // Ids of one publisher usually ascend.
  if (!std::is_sorted(rows_.begin(), rows_.end(), before))
    std::sort(rows_.begin(), rows_.end(), before);
  const batch_rows all{rows_};
  insert.reset();
  bind_rows(insert, 1, all);
  rows{insert}.next();
}

} // namespace carillon::sqlite
