#include "persistence/segments/frame_list.hpp"

#include "persistence/segments/faults.hpp"

namespace carillon::segments {

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
  out.resize(x.bytes);
  const auto n = read_all(from.content(), x.stored_at, out);
  if (n < 0)
    return disk_failure(static_cast<int>(-n));
  if (static_cast<uint64_t>(n) != x.bytes)
    return damaged_at(x.first);
  return {};
}

} // namespace carillon::segments
