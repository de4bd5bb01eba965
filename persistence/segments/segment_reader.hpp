#pragma once

#include "persistence/segments/frame_list.hpp"
#include "persistence/segments/segment_list.hpp"

#include <cstdint>
#include <memory>
#include <string>
#include <vector>

namespace carillon::segments {

/// Reads events by position. One thread uses it, beside the writer and other readers; it sees what
/// is acknowledged only. It keeps the block that it read last, so a walk in either direction reads
/// and checks each block once;. Files are read (pread), not
/// mapped: a fault of the disk is an error here, not a signal.
class segment_reader {
public:
  explicit segment_reader(std::shared_ptr<const segment_list> log);

  /// The record at a position: valid until the next call, its texts lie in the block. Null if the
  /// log has no such position. Errors: `store_refused` if a checksum is wrong, with a position of
  /// the damage; `store_unavailable` if the file cannot be read.
  expected<const record_view*> at(position x);

  /// Last acknowledged position; 0 if there is none.
  position head() const {
    return log_->head();
  }

  /// First position that the log still has.
  position first() const {
    return log_->first();
  }

private:
  /// Offsets of the records of a frame that were walked over as yet.
  using record_offsets = std::vector<uint32_t>;

  expected<void> load(position x);
  size_t frame_of(position x) const;
  bool read_in(size_t frame, position x);

  std::shared_ptr<const segment_list> log_;
  segment_ptr segment_;
  /// Content of the block, its frames, and the records of each.
  std::string bytes_;
  std::vector<frame_view> frames_;
  std::vector<record_offsets> records_;
  /// Frame of the last record.
  size_t current_ = 0;
  record_view record_;
};

} // namespace carillon::segments
