#include "persistence/segments/frame_list.hpp"

#include "persistence/segments/compression.hpp"
#include "persistence/segments/faults.hpp"

namespace carillon::segments {

namespace {

/// Content that cannot be compressed becomes a little longer.
constexpr uint64_t most_stored_bytes = most_packed_bytes + most_packed_bytes / 64;

} // namespace

bool take_apart(std::string_view content, uint64_t generation, position first,
                std::vector<frame_view>& out) {
  out.clear();
  while (!content.empty()) {
    const auto x = read_frame(content, generation);
    if (!x || x->count == 0 || x->first != first)
      return false;
    out.push_back(*x);
    first += x->count;
    content.remove_prefix(x->bytes);
  }
  return true;
}

expected<void> read_block(const segment& from, const block& x, std::string& out) {
  // A damaged table does not make us reserve what no file has.
  if (x.is_compressed && x.stored_bytes > most_stored_bytes)
    return damaged_at(x.first);
  std::string packed;
  auto& stored = x.is_compressed ? packed : out;
  stored.resize(x.stored_bytes);
  const auto n = read_all(from.content(), x.stored_at, stored);
  if (n < 0)
    return disk_failure(static_cast<int>(-n));
  if (static_cast<uint64_t>(n) != x.stored_bytes)
    return damaged_at(x.first);
  if (x.is_compressed && !inflate_block(packed, x.bytes, out))
    return damaged_at(x.first);
  return {};
}

} // namespace carillon::segments
