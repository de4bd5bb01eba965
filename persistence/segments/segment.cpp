#include "persistence/segments/segment.hpp"

#include <algorithm>

namespace carillon::segments {

segment::segment(segment_header header, std::string name, std::shared_ptr<file> content)
  : header_(std::move(header)), name_(std::move(name)), content_(std::move(content)) {
  summary_.first = header_.first;
  summary_.last = header_.first - 1;
  summary_.content_bytes = segment_header::bytes;
}

segment::segment(segment_header header, std::string name, std::shared_ptr<file> content, seal end)
  : header_(std::move(header)), name_(std::move(name)), content_(std::move(content)),
    summary_(std::move(end)), sealed_(true) {
}

position segment::last() const {
  std::lock_guard guard{mutex_};
  return summary_.last;
}

uint64_t segment::end() const {
  std::lock_guard guard{mutex_};
  return summary_.content_bytes;
}

bool segment::is_sealed() const {
  std::lock_guard guard{mutex_};
  return sealed_;
}

bool segment::is_compressed() const {
  std::lock_guard guard{mutex_};
  return summary_.is_compressed;
}

seal segment::summary() const {
  std::lock_guard guard{mutex_};
  return summary_;
}

std::optional<block> segment::block_of(position x) const {
  std::lock_guard guard{mutex_};
  if (x < summary_.first || x > summary_.last)
    return {};
  const auto behind = std::upper_bound(summary_.blocks.begin(), summary_.blocks.end(), x,
                                       [](position p, const block& b) { return p < b.first; });
  return behind == summary_.blocks.begin() ? std::nullopt : std::optional{*std::prev(behind)};
}

void segment::acknowledge(const frame_view& x, timestamp min_time, timestamp max_time) {
  std::lock_guard guard{mutex_};
  auto& s = summary_;
  if (s.blocks.empty()) {
    s.min_time = min_time;
    s.max_time = max_time;
    s.first_recorded_at = x.recorded_at;
  }
  s.min_time = std::min(s.min_time, min_time);
  s.max_time = std::max(s.max_time, max_time);
  s.last_recorded_at = x.recorded_at;
  if (s.blocks.empty() || s.blocks.back().bytes >= block_bytes)
    s.blocks.push_back({.first = x.first, .offset = s.content_bytes, .stored_at = s.content_bytes});
  s.blocks.back().bytes += x.bytes;
  s.blocks.back().stored_bytes += x.bytes;
  s.content_bytes += x.bytes;
  s.last = x.first + x.count - 1;
}

void segment::seal_with(seal x) {
  std::lock_guard guard{mutex_};
  summary_ = std::move(x);
  sealed_ = true;
}

} // namespace carillon::segments
