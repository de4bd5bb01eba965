#pragma once

#include "base/failure.hpp"

#include <chrono>
#include <string>

namespace carillon {

/// The failure of an attempt that took longer than its deadline.
inline failure overdue(std::chrono::milliseconds deadline) {
  return {ec::timeout, "no answer within " + std::to_string(deadline.count()) + " ms", {}};
}

} // namespace carillon
