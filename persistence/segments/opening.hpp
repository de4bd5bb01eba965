#pragma once

#include "base/failure.hpp"
#include "persistence/segments/file_layer.hpp"
#include "persistence/segments/recovery.hpp"
#include "persistence/segments/segment.hpp"

#include <string>
#include <vector>

namespace carillon::segments {

/// Positions at which the segments of a directory begin, ascending. Errors: `store_unavailable`.
expected<std::vector<position>> segments_in(file_layer& files);

/// Opens a file and reads its header and its seal; of a file without a seal no frame is read.
/// Errors: `store_corrupt` with `found` set, `store_too_new`, `store_unavailable`; for the
/// operator.
expected<segment_ptr> open_segment(file_layer& files, position first, file_layer::mode how,
                                   damage& found);

/// The same, as if the file had no seal. Errors: `store_corrupt` with `found` set if the header is
/// damaged, `store_too_new`, `store_unavailable`.
expected<segment_ptr> open_plain(file_layer& files, position first, damage& found);

/// A new id of a history: 16 hexadecimal digits.
std::string make_history(file_layer& files);

/// Compares a sealed segment with its neighbours. Errors: `store_corrupt` with `found` set.
/// @param before null if there is none
/// @param next position at which the next segment begins; 0 if this is the newest
expected<void> check_neighbours(const segment& x, const segment* before, position next,
                                damage& found);

} // namespace carillon::segments
