#pragma once

#include "persistence/segments/format/frame.hpp"
#include "persistence/segments/segment.hpp"

#include <cstdint>
#include <memory>
#include <string>
#include <vector>

namespace carillon::segments {

/// Records one behind the other, checked and in memory: a block, or a piece of one. Finds a record
/// by its position; the records before it in its frame are stepped over once. One thread uses it.
class record_run {
public:
  /// Where the bytes are read to; what `take_frames` or `take_records` found before is void then.
  std::string& bytes() noexcept {
    return bytes_;
  }

  /// The bytes are whole frames of a segment from this position on. Errors: `store_refused` if a
  /// checksum is wrong; it has no records then.
  expected<void> take_frames(const segment_ptr& from, position first);

  /// The bytes are records of one frame, which somebody has checked.
  void take_records(const segment_ptr& from, position first, uint32_t count, timestamp recorded_at);

  /// Has no records from now on.
  void clear() noexcept;

  const std::vector<frame_view>& frames() const noexcept {
    return frames_;
  }

  bool has(position x) const noexcept {
    return x >= first_ && x < end_;
  }

  /// Whether it was read from this segment. A file that takes the place of another is another.
  bool is_of(const segment_ptr& x) const noexcept {
    return !from_.owner_before(x) && !x.owner_before(from_);
  }

  /// Reads a record that it has; its texts lie in the run. False if it is damaged.
  bool read(position x, record_view& out);

private:
  /// Offsets of the records of a frame that were stepped over as yet.
  using record_offsets = std::vector<uint32_t>;

  void found(const segment_ptr& from);
  size_t frame_of(position x) const;

  /// Does not keep the file open.
  std::weak_ptr<const segment> from_;
  position first_ = 0;
  position end_ = 0;
  std::string bytes_;
  std::vector<frame_view> frames_;
  std::vector<record_offsets> records_;
  /// Frame of the last record.
  size_t current_ = 0;
};

} // namespace carillon::segments
