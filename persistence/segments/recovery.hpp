#pragma once

#include "base/failure.hpp"
#include "persistence/segments/segment_list.hpp"

#include <functional>
#include <memory>
#include <string>

namespace carillon::segments {

/// What opening a log found.
struct recovery_report {
  position first = 1;
  position head = 0;
  size_t segments = 0;
  /// Segments without a seal, which were read as a whole.
  size_t read_segments = 0;
  /// An unfinished frame at the end, which a crash left and nobody was told of: the file, where it
  /// begins, and how many bytes of it there are. Empty if there was none.
  std::string cut_file;
  uint64_t cut_at = 0;
  uint64_t cut_bytes = 0;
};

/// Where a log is damaged.
struct damage {
  std::string file;
  uint64_t offset = 0;
  /// The first position that cannot be read, and the next one that can; 0 if there is none.
  position from = 0;
  position next = 0;
  /// A sentence for the operator.
  std::string what;
};

/// The frames of a file without a seal.
struct scan_result {
  /// End of the last frame that counts, and of the mark of a clean end behind it.
  uint64_t end = 0;
  uint64_t end_with_mark = 0;
  /// The last frame of events: where it begins, and its length. 0 if there is none.
  uint64_t last_frame_at = 0;
  uint64_t last_frame_bytes = 0;
  /// Bytes behind the end that are no frame, up to the last one that is not zero.
  uint64_t rest_bytes = 0;
};

/// Reads all frames of a file without a seal and tells the segment of them. A frame that reaches
/// `stop` or is behind it does not count: a later segment begins there. Errors: `store_corrupt`
/// with `damage` in `found` if a valid frame is behind one that is not, or positions have a gap;
/// `store_unavailable`.
/// @param stop position at which the next segment begins; 0 if this is the newest
expected<scan_result> scan(segment& x, position stop, damage& found);

/// What a check tells of its progress.
using check_progress = std::function<void(uint64_t bytes_done, uint64_t bytes_in_all)>;

} // namespace carillon::segments
