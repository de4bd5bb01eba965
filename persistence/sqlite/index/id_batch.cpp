#include "persistence/sqlite/index/id_batch.hpp"

#include "persistence/sqlite/index/id_key.hpp"

#include <algorithm>
#include <cstring>

namespace carillon::sqlite {

void id_batch::add(std::string_view id, int64_t company, int64_t source, position seq) {
  const id_key key{id};
  const auto bytes = key.bytes();
  auto* copy = static_cast<char*>(texts_.allocate(std::max<size_t>(bytes.size(), 1), 1));
  std::memcpy(copy, bytes.data(), bytes.size());
  entries_.push_back({{copy, bytes.size()}, company, source, seq});
}

void id_batch::insert_into(statement& insert) {
  std::sort(entries_.begin(), entries_.end());
  for (const auto& x : entries_) {
    insert.bind_all(blob_view{x.id}, x.company, x.source, x.seq);
    rows{insert}.next();
  }
}

} // namespace carillon::sqlite
