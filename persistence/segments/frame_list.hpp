#pragma once

#include "persistence/segments/format/frame.hpp"
#include "persistence/segments/segment.hpp"

#include <string>
#include <vector>

namespace carillon::segments {

/// Takes the content of a block apart. False if its frames are damaged, or do not begin with the
/// position that they should: `out` has those before then.
bool take_apart(std::string_view content, uint64_t generation, position first,
                std::vector<frame_view>& out);

/// Reads the content of a block into `out`. Errors: `store_refused` if it is not all there,
/// `store_unavailable` if the file cannot be read; for clients.
expected<void> read_block(const segment& from, const block& x, std::string& out);

} // namespace carillon::segments
