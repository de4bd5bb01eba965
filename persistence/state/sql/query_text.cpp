#include "persistence/state/sql/query_text.hpp"

#include <algorithm>

namespace carillon::sql {

std::vector<const query_text*> query_text::registered() {
  std::vector<const query_text*> out;
  for (const auto* x = first_; x != nullptr; x = x->next_)
    out.push_back(x);
  std::sort(out.begin(), out.end(), [](auto* x, auto* y) { return x->name < y->name; });
  return out;
}

} // namespace carillon::sql
