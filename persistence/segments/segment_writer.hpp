#pragma once

#include "persistence/segments/segment_list.hpp"
#include "persistence/segments/segment_maker.hpp"

#include <memory>
#include <span>
#include <string>

namespace carillon::segments {

/// Appends to the log. One thread uses it.
///
/// A group is one frame: one write, one fdatasync, no allocation per event. If the sync fails, its
/// pages are not tried again: the frame is written to a new segment that begins with its position,
/// which ends the one before there; whatever the old file may have behind that is not part of the
/// log. If that fails too, the group was not appended, and the next one begins with a new segment.
class segment_writer {
public:
  /// @param log has at least one segment; the newest is open for writing, unless it is sealed
  segment_writer(std::shared_ptr<segment_list> log, std::shared_ptr<segment_maker> maker);

  /// Appends events in their order and returns the position of the first when all are durable. The
  /// events are not changed. Errors: `store_unavailable`: nothing was appended, a retry may
  /// succeed; until the next append it is open whether the group is there after a crash, as one and
  /// at this position. `too_large`: the group is beyond `max_frame_bytes`.
  /// @param events at least one
  expected<position> append(std::span<const draft_ptr> events, timestamp recorded_at);

  /// Begins a segment of another history: positions before it belong to the old one. Errors:
  /// `store_unavailable`.
  /// @param history 1–32 letters and digits
  expected<void> change_history(std::string history, timestamp now);

  /// Leaves the mark of a clean end: damage of the last frame is then told from one that was not
  /// finished. Appends may follow. Errors: `store_unavailable`.
  expected<void> finish(timestamp now);

  /// Last position that was appended.
  position head() const noexcept {
    return head_;
  }

  const std::string& history() const noexcept {
    return history_;
  }

private:
  int write_frame();
  expected<void> begin_segment(timestamp now);
  expected<void> commit(timestamp now);

  std::shared_ptr<segment_list> log_;
  std::shared_ptr<segment_maker> maker_;
  segment_ptr active_;
  std::string history_;
  /// The frame that is being written; its memory is used again.
  std::string frame_;
  position head_ = 0;
  /// The file gets no more frames: it has a seal, or a write or sync of it failed.
  bool is_closed_ = false;
};

} // namespace carillon::segments
