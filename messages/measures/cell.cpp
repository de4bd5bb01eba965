#include "messages/measures/cell.hpp"

#include <algorithm>
#include <cstddef>
#include <utility>

namespace carillon {

void measure_cell::add(const measure_cell& x) {
  // Values are below 10^18: a sum that does not fit would need 10^11 of them.
  if (!sum.add(x.sum)) {
    skipped += x.count + x.skipped;
    return;
  }
  count += x.count;
  skipped += x.skipped;
  if (x.least && (!least || *x.least < *least))
    least = x.least;
  if (x.most && (!most || *x.most > *most))
    most = x.most;
  distinct.merge(x.distinct);
}

void merge_rows(std::vector<measure_delta>& to, std::vector<measure_delta>& from) {
  constexpr size_t look_back = 32;
  for (auto& x : from) {
    const auto last = to.end();
    const auto first = last - static_cast<std::ptrdiff_t>(std::min(look_back, to.size()));
    const auto at
      = std::find_if(first, last, [&](const measure_delta& y) { return y.key == x.key; });
    if (at != last)
      at->cell.add(x.cell);
    else
      to.push_back(std::move(x));
  }
}

void merge_rows(std::vector<measure_began>& to, std::vector<measure_began>& from) {
  for (const auto& x : from) {
    const auto at = std::find_if(
      to.begin(), to.end(), [&](const measure_began& y) { return y.definition == x.definition; });
    if (at == to.end())
      to.push_back(x);
    else
      at->seq = std::min(at->seq, x.seq);
  }
}

} // namespace carillon
