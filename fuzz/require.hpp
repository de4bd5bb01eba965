#pragma once

#include <cstdlib>

namespace carillon::fuzz {

/// Ends the process if the condition is false; the fuzzer reports that together with the input.
inline void require(bool holds) {
  if (!holds)
    std::abort();
}

} // namespace carillon::fuzz
