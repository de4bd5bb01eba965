#include "persistence/sqlite/log/recent_ids.hpp"

#include <bit>
#include <utility>

namespace carillon::sqlite {

namespace {

constexpr size_t least_places = 1'024;

} // namespace

recent_ids::recent_ids() : key_(sip_key::random()), table_(least_places) {
}

void recent_ids::add(uint64_t hash, position seq) {
  if (2 * (size_ + 1) > table_.size()) {
    auto old = std::exchange(table_, std::vector<entry>(2 * table_.size()));
    for (const auto& x : old)
      if (x.seq != 0)
        put(x);
  }
  put({hash, seq});
  ++size_;
}

void recent_ids::put(const entry& x) noexcept {
  auto i = x.hash & mask();
  while (table_[i].seq != 0)
    i = (i + 1) & mask();
  table_[i] = x;
}

void recent_ids::forget_to(position up_to) {
  size_t left = 0;
  for (const auto& x : table_)
    left += x.seq > up_to ? 1 : 0;
  auto old = std::exchange(
    table_, std::vector<entry>(std::max(least_places, std::bit_ceil(2 * (left + 1)))));
  for (const auto& x : old)
    if (x.seq > up_to)
      put(x);
  size_ = left;
}

void recent_ids::clear() {
  table_.assign(least_places, {});
  table_.shrink_to_fit();
  size_ = 0;
}

} // namespace carillon::sqlite
