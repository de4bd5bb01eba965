#include "persistence/segments/recovery.hpp"

#include "persistence/segments/faults.hpp"
#include "persistence/segments/file_window.hpp"

#include <algorithm>
#include <optional>
#include <vector>

namespace carillon::segments {

namespace {

/// What is behind the frames is looked at in pieces of this; most are zero.
constexpr uint64_t look_bytes = 4'096;

bool is_zero(std::string_view x) noexcept {
  return x.empty() || (x[0] == '\0' && x.substr(1) == x.substr(0, x.size() - 1));
}

failure damaged_frame(damage& found, const segment& x, uint64_t offset, position from,
                      position next_good, std::string what) {
  found = {x.name(), offset, from, next_good, std::move(what)};
  return {ec::store_corrupt, sentence_of(found), {}};
}

/// One run over a file.
class frame_scan {
public:
  frame_scan(segment& x, position stop, damage& found)
    : segment_(x), stop_(stop), found_(found), window_(x.content()) {
  }

  expected<scan_result> run() {
    auto size = window_.open();
    if (!size)
      return size.error();
    while (!is_at_end_)
      if (auto done = step(); !done)
        return done.error();
    if (stop_ != 0 && next() != stop_)
      return damaged(at(), stop_, "events are missing");
    if (stop_ == 0)
      if (auto done = look_behind(); !done)
        return done.error();
    return result_;
  }

  /// Whether a valid frame is where the frames of the segment end.
  bool goes_on() {
    if (!window_.open())
      return false;
    const auto x = frame_at(at());
    return x && *x;
  }

private:
  position next() const {
    return segment_.last() + 1;
  }

  uint64_t at() const {
    return segment_.end();
  }

  failure damaged(uint64_t offset, position next_good, std::string what) {
    return damaged_frame(found_, segment_, offset, next(), next_good, std::move(what));
  }

  expected<std::optional<frame_view>> frame_at(uint64_t offset) {
    return window_.frame(offset, segment_.header().generation);
  }

  expected<void> step() {
    const auto x = frame_at(at());
    if (!x)
      return x.error();
    result_.rest_at = at();
    is_at_end_ = !*x || (*x)->count == 0 || (stop_ != 0 && (*x)->first >= stop_);
    if (!*x || (stop_ != 0 && (*x)->first >= stop_))
      return {};
    const auto& frame = **x;
    if (frame.first != next())
      return damaged(at(), frame.first, "a frame has another position than its place says");
    if (frame.count == 0) {
      result_.rest_at += frame.bytes;
      return {};
    }
    timestamp min_time;
    timestamp max_time;
    if (!times_of(frame, min_time, max_time))
      return damaged(at(), frame.first + frame.count, "a frame has malformed records");
    result_.last_frame_at = at();
    result_.last_frame_bytes = frame.bytes;
    segment_.acknowledge(frame, min_time, max_time);
    return {};
  }

  /// Behind the end of the newest segment nothing may be valid.
  expected<void> look_behind() {
    uint64_t last_byte = result_.rest_at;
    for (uint64_t offset = result_.rest_at; offset < window_.size(); offset += look_bytes) {
      const auto bytes = window_.view(offset, look_bytes);
      if (!bytes)
        return bytes.error();
      if (is_zero(*bytes))
        continue;
      const auto used = bytes->find_last_not_of('\0');
      last_byte = offset + used + 1;
      for (auto at_frame = offset; at_frame < last_byte; at_frame += frame_alignment)
        if (auto done = refuse_frame(at_frame); !done)
          return done;
    }
    result_.rest_bytes = last_byte - result_.rest_at;
    return {};
  }

  expected<void> refuse_frame(uint64_t offset) {
    const auto x = frame_at(offset);
    if (!x)
      return x.error();
    if (*x)
      return damaged(at(), (*x)->first, "what is there is damaged, and valid frames are behind");
    return {};
  }

  segment& segment_;
  position stop_;
  damage& found_;
  file_window window_;
  scan_result result_;
  bool is_at_end_ = false;
};

/// A frame that was found, and not told of yet.
struct found_frame {
  frame_view frame;
  timestamp min_time;
  timestamp max_time;
};

/// Frames of one sync.
constexpr size_t most_found = 4'096;

/// The next valid frames from the end of a segment on, at most `most_found`.
expected<std::vector<found_frame>> find_new(const segment& x, file_window& window, position stop,
                                            damage& found) {
  std::vector<found_frame> out;
  auto at = x.end();
  auto next = x.last() + 1;
  while (out.size() < most_found) {
    const auto read = window.frame(at, x.header().generation);
    if (!read)
      return read.error();
    if (!*read || (*read)->count == 0 || (stop != 0 && (*read)->first >= stop))
      break;
    found_frame one{.frame = **read};
    if (one.frame.first != next)
      return damaged_frame(found, x, at, next, one.frame.first,
                           "a frame has another position than its place says");
    if (!times_of(one.frame, one.min_time, one.max_time))
      return damaged_frame(found, x, at, next, next + one.frame.count,
                           "a frame has malformed records");
    one.frame.records = {};
    at += one.frame.bytes;
    next += one.frame.count;
    out.push_back(one);
  }
  return out;
}

} // namespace

bool times_of(const frame_view& x, timestamp& min_time, timestamp& max_time) {
  auto records = x.records;
  record_view record;
  for (uint32_t i = 0; i < x.count; ++i) {
    if (!read_record(records, x.recorded_at, record))
      return false;
    min_time = i == 0 ? record.time : std::min(min_time, record.time);
    max_time = i == 0 ? record.time : std::max(max_time, record.time);
  }
  return records.empty();
}

std::string sentence_of(const damage& x) {
  auto out = x.file + ": " + x.what + ", at byte " + std::to_string(x.offset);
  if (x.from != 0)
    out += ", from position " + std::to_string(x.from);
  if (x.next != 0)
    out += " to before " + std::to_string(x.next);
  return out;
}

expected<scan_result> scan(segment& x, position stop, damage& found) {
  auto result = frame_scan{x, stop, found}.run();
  // Another process may have appended between the look at the end and that behind it: what was not
  // finished then is a frame now.
  uint64_t end = 0;
  while (!result && result.error().code == ec::store_corrupt && stop == 0 && x.end() > end
         && frame_scan{x, stop, found}.goes_on()) {
    end = x.end();
    result = frame_scan{x, stop, found}.run();
  }
  return result;
}

expected<void> scan_new(segment& x, position stop, damage& found) {
  for (;;) {
    // What was read before may be there no more: an end that was not finished.
    file_window window{x.content()};
    if (auto opened = window.open(); !opened)
      return opened;
    const auto frames = find_new(x, window, stop, found);
    if (!frames)
      return frames.error();
    if (frames->empty())
      break;
    if (const int error = sync_seen(x.content()); error != 0)
      return disk_failure(error);
    for (const auto& one : *frames)
      x.acknowledge(one.frame, one.min_time, one.max_time);
  }
  if (stop == 0 || x.last() + 1 == stop)
    return {};
  return damaged_frame(found, x, x.end(), x.last() + 1, stop, "events are missing");
}

} // namespace carillon::segments
