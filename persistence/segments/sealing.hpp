#pragma once

#include "base/failure.hpp"
#include "persistence/segments/segment.hpp"

namespace carillon::segments {

/// Reads all of a segment that gets no more frames, checks it, and computes its seal. Errors:
/// `store_refused` if it is damaged, `store_unavailable`, `internal` if OpenSSL fails.
/// @param before the segment before, which has a seal; null if there is none
expected<seal> compute_seal(const segment& x, const segment* before);

/// Writes the seal behind the frames and cuts the file there. Errors: `store_unavailable`; it may
/// be tried again.
expected<void> write_seal(segment& x, seal end);

} // namespace carillon::segments
