#pragma once

#include "base/time.hpp"

#include <cstdint>
#include <string>
#include <utility>
#include <vector>

namespace carillon::test {

/// An effect for tests, whose rows are added up.
struct counter_delta {
  timestamp hour;
  std::string type;
  std::string company_id;
  uint64_t add = 0;
};

inline void merge_rows(std::vector<counter_delta>& to, std::vector<counter_delta>& from) {
  for (auto& x : from) {
    bool known = false;
    for (auto& y : to)
      if (y.hour == x.hour && y.type == x.type && y.company_id == x.company_id) {
        y.add += x.add;
        known = true;
      }
    if (!known)
      to.push_back(std::move(x));
  }
}

} // namespace carillon::test
