#pragma once

#include "base/failure.hpp"
#include "persistence/segments/segment.hpp"

#include <cstdint>
#include <string>

namespace carillon::segments {

/// Where a log is damaged.
struct damage {
  std::string file;
  /// Where in the file.
  uint64_t offset = 0;
  /// The first position that cannot be read, and the next one that can; 0 if not known.
  position from = 0;
  position next = 0;
  /// What is wrong, for the operator.
  std::string what;
};

/// The damage in one sentence.
std::string sentence_of(const damage& x);

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

/// What a file without a seal has.
struct scan_result {
  /// The last frame of events: where it begins, and its length; 0 if there is none.
  uint64_t last_frame_at = 0;
  uint64_t last_frame_bytes = 0;
  /// Bytes from the end of the frames, or of the mark of a clean end behind them, to the last byte
  /// that is not zero.
  uint64_t rest_at = 0;
  uint64_t rest_bytes = 0;
};

/// Least and greatest time of the events of a frame. False if its records are malformed.
bool times_of(const frame_view& x, timestamp& min_time, timestamp& max_time);

/// Reads all frames of a file without a seal, and tells the segment of them. Those at or behind
/// `stop` do not count: a later segment begins there. Errors: `store_corrupt` with `found` set if a
/// valid frame is behind one that is not, or if positions are missing; `store_unavailable`.
/// @param x a segment without frames as yet
/// @param stop position at which the next segment begins; 0 if this is the newest
expected<scan_result> scan(segment& x, position stop, damage& found);

/// Tells a segment, which others may read, of the frames that another process has appended since.
/// Each is synced before it is told: that process may not have come to it. What is behind them is
/// not looked at. Errors: as `scan`.
expected<void> scan_new(segment& x, position stop, damage& found);

} // namespace carillon::segments
