#pragma once

#include "persistence/segments/segment_list.hpp"

#include <cstdint>
#include <memory>
#include <string>
#include <vector>

namespace carillon::segments {

/// Reads events by position. One thread uses it, beside the writer and other readers; it sees what
/// is acknowledged only. It keeps the block that it read last, so a walk in either direction reads
/// and checks each block once; within a block a step costs some 30 ns. Files are read (pread), not
/// mapped: a fault of the disk is an error here, not a signal.
class segment_reader {
public:
  explicit segment_reader(std::shared_ptr<const segment_list> log);

  /// The record at a position: valid until the next call, its texts lie in the block. Null if the
  /// log has no such position. Errors: `store_corrupt` if a checksum is wrong, with the position
  /// and the file's name, `store_unavailable` if the file cannot be read.
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
  /// A frame of the block, and where the records are that were walked over as yet.
  struct frame_place {
    frame_view frame;
    std::vector<uint32_t> records;
  };

  expected<bool> load(position x);
  expected<void> take_apart(const segment& from, const block& x);
  expected<const record_view*> record_in(frame_place& x, position seq);

  std::shared_ptr<const segment_list> log_;
  segment_ptr segment_;
  /// Content of the block, and its frames.
  std::string bytes_;
  std::string stored_;
  std::vector<frame_place> frames_;
  size_t frame_count_ = 0;
  /// Frame of the last record.
  size_t current_ = 0;
  position block_first_ = 0;
  position block_last_ = 0;
  record_view record_;
};

} // namespace carillon::segments
