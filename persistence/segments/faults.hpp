#pragma once

#include "base/failure.hpp"

#include <cerrno>
#include <cstdint>
#include <string>
#include <system_error>

namespace carillon::segments {

/// A call of the file layer failed while the log works: what clients may see.
inline failure disk_failure(int error) {
  const bool is_full = error == ENOSPC || error == EDQUOT;
  return {ec::store_unavailable, is_full ? "the disk is full" : "the disk reported an error", {}};
}

/// What was acknowledged cannot be read: what clients may see.
inline failure damaged_at(uint64_t seq) {
  return {ec::store_refused, "the log is damaged at position " + std::to_string(seq), {}};
}

/// A call of the file layer failed while a log is opened or checked, for the operator.
inline failure disk_failure(int error, const std::string& path) {
  return {ec::store_unavailable, path + ": " + std::generic_category().message(error), {}};
}

} // namespace carillon::segments
