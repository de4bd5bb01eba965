#include "messages/consumers/counter.hpp"

#include <algorithm>
#include <cstddef>
#include <utility>

namespace carillon {

void merge_rows(std::vector<counter_delta>& to, std::vector<counter_delta>& from) {
  constexpr size_t look_back = 32;
  for (auto& x : from) {
    auto same = [&](const counter_delta& y) {
      return y.hour == x.hour && y.type == x.type && y.company_id == x.company_id;
    };
    auto last = to.end();
    auto first = last - static_cast<std::ptrdiff_t>(std::min(look_back, to.size()));
    if (auto i = std::find_if(first, last, same); i != last)
      i->add += x.add;
    else
      to.push_back(std::move(x));
  }
}

} // namespace carillon
