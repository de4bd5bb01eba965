#pragma once

#include "base/failure.hpp"
#include "persistence/segments/file_layer.hpp"
#include "persistence/segments/format/frame.hpp"

#include <functional>
#include <string>
#include <vector>

namespace carillon::segments {

/// A file that a repair took out of the log: `00000000000000000001.seg.cut`.
struct kept_file {
  std::string name;
  /// Position that its name begins with.
  position first = 0;
  /// The last position that can be read in it; 0 if there is none.
  position last = 0;
};

/// What repairs of this directory kept, by first position, of several files of one segment the
/// oldest first. Files of several repairs, and of one that was interrupted, overlap: of two that
/// have a position, the one that is later in this order counts. Reads all of them. Errors:
/// `store_unavailable`.
expected<std::vector<kept_file>> kept_files(file_layer& files);

/// Gives all frames of a kept file that can still be read, in the order of positions, also those
/// behind damage, of its header too. Errors: `store_unavailable`, and those of `take`.
/// @param stop positions at or behind it do not count: the next file begins there; 0 = all count
/// @param take called for each frame, whose views are valid until it returns
expected<void> read_kept(file_layer& files, const kept_file& x, position stop,
                         const std::function<expected<void>(const frame_view&)>& take);

/// The last position that can be read in kept files; 0 if there is none.
position last_of(const std::vector<kept_file>& all) noexcept;

/// The events of a frame, with position and time. Empty if its records are malformed.
std::vector<draft_ptr> events_of(const frame_view& x);

} // namespace carillon::segments
