#include "persistence/segments/segment_writer.hpp"

#include "persistence/segments/faults.hpp"

#include <algorithm>

namespace carillon::segments {

namespace {

/// A frame buffer above this is given back after its commit.
constexpr size_t kept_frame_bytes = 8UL * 1024 * 1024;

} // namespace

segment_writer::segment_writer(std::shared_ptr<segment_list> log,
                               std::shared_ptr<segment_maker> maker)
  : log_(std::move(log)), maker_(std::move(maker)), active_(log_->all()->back()),
    history_(active_->header().history), head_(active_->last()), is_closed_(active_->is_sealed()) {
}

expected<position> segment_writer::append(std::span<const draft_ptr> events,
                                          timestamp recorded_at) {
  const position first = head_ + 1;
  if (!make_frame(frame_, active_->header().generation, first, recorded_at, events))
    return failure{ec::too_large, "more than 256 MiB in one group", {}};
  if (auto done = commit(recorded_at); !done)
    return done.error();
  timestamp min_time = events.front()->time;
  timestamp max_time = min_time;
  for (const auto& x : events) {
    min_time = std::min(min_time, x->time);
    max_time = std::max(max_time, x->time);
  }
  active_->acknowledge({.first = first,
                        .count = static_cast<uint32_t>(events.size()),
                        .recorded_at = recorded_at,
                        .bytes = frame_.size()},
                       min_time, max_time);
  head_ += events.size();
  if (frame_.capacity() > kept_frame_bytes)
    std::string{}.swap(frame_);
  return first;
}

expected<void> segment_writer::commit(timestamp now) {
  const auto end = active_->end() + frame_.size();
  const bool fits = end + seal_bound(end) < active_->header().file_bytes;
  if (!is_closed_ && fits && write_frame() == 0)
    return {};
  if (auto begun = begin_segment(now); !begun)
    return begun;
  move_frame(frame_, active_->header().generation);
  const int error = write_frame();
  return error == 0 ? expected<void>{} : disk_failure(error);
}

int segment_writer::write_frame() {
  int error = write_all(active_->content(), active_->end(), frame_);
  if (error == 0)
    error = active_->content().sync();
  if (error != 0)
    is_closed_ = true;
  return error;
}

expected<void> segment_writer::begin_segment(timestamp now) {
  const auto end = segment_header::bytes + frame_.size();
  const auto least_bytes = end + seal_bound(end) + frame_alignment;
  // Without room for this group a smaller one may fit the present file.
  if (auto room = maker_->reserve(least_bytes); !room)
    return room;
  // Should this fail, a file of the new name may be there nevertheless after a power cut. It ends
  // the log's part of this one, so this one must get no more frames.
  is_closed_ = true;
  auto made = maker_->make(
    {.first = head_ + 1, .history = history_, .now = now, .least_bytes = least_bytes});
  if (!made)
    return made.error();
  active_ = *made;
  log_->push(std::move(*made));
  is_closed_ = false;
  return {};
}

expected<void> segment_writer::change_history(std::string history, timestamp now) {
  frame_.clear();
  std::swap(history_, history);
  auto begun = begin_segment(now);
  if (!begun)
    std::swap(history_, history);
  return begun;
}

expected<void> segment_writer::finish(timestamp now) {
  if (is_closed_ || !make_frame(frame_, active_->header().generation, head_ + 1, now, {})
      || active_->end() + frame_.size() > active_->header().file_bytes)
    return {};
  const int error = write_frame();
  return error == 0 ? expected<void>{} : disk_failure(error);
}

} // namespace carillon::segments
