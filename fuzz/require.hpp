#pragma once

#include <cstdlib>

namespace carillon::fuzz {

/// Ends the process, which the fuzzer reports together with the input, if it does not hold.
inline void require(bool holds) {
  if (!holds)
    std::abort();
}

} // namespace carillon::fuzz
