#pragma once

#include "persistence/segments/block_marks.hpp"
#include "persistence/segments/kept_runs.hpp"
#include "persistence/segments/segment_list.hpp"

#include <cstdint>
#include <memory>

namespace carillon::segments {

/// Reads events by position. One thread uses it, beside the writer and other readers; it sees what
/// is acknowledged only. Files are read (pread), not mapped: a fault of the disk is an error here,
/// not a signal.
///
/// A walk in either direction reads and checks each block once. A jump reads a block as a whole the
/// first time, and checks it; then it knows the pieces of the block and reads one of them, about
/// 4 KiB, each time with its checksum. A compressed block is always inflated as a whole. The runs
/// of records that were jumped into last are kept (`kept_runs`), and pieces as long as there is
/// room (`block_marks`): at most 6 MiB and the block that is read.
class segment_reader {
public:
  explicit segment_reader(std::shared_ptr<const segment_list> log);

  /// The record at a position: valid until the next call, its texts lie in what was read. Null if
  /// the log has no such position. Errors: `store_refused` if a checksum is wrong, with a position
  /// of the damage; `store_unavailable` if the file cannot be read.
  expected<const record_view*> at(position x);

  /// The list has changed, other than by appends: what was read of files that are no longer in it
  /// does not count.
  void look_again() noexcept {
    is_fresh_ = false;
  }

  /// Last acknowledged position; 0 if there is none.
  position head() const {
    return log_->head();
  }

  /// First position that the log still has.
  position first() const {
    return log_->first();
  }

private:
  expected<void> load(position x);
  expected<void> load_block(const segment_ptr& from, const block& in, bool is_walk);
  bool load_piece(const segment_ptr& from, const block& in, const piece& x);

  std::shared_ptr<const segment_list> log_;
  kept_runs runs_;
  block_marks marks_;
  /// Position that was asked for last.
  position last_ = 0;
  /// Whether the latest run may be used without a look at the list.
  bool is_fresh_ = true;
  record_view record_;
};

} // namespace carillon::segments
