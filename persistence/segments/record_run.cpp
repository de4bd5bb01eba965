#include "persistence/segments/record_run.hpp"

#include "persistence/segments/faults.hpp"
#include "persistence/segments/frame_list.hpp"

#include <algorithm>

namespace carillon::segments {

void record_run::clear() noexcept {
  from_.reset();
  frames_.clear();
  first_ = 0;
  end_ = 0;
}

expected<void> record_run::take_frames(const segment_ptr& from, position first) {
  clear();
  if (!take_apart(bytes_, from->header().generation, first, frames_)) {
    const auto bad = frames_.empty() ? first : frames_.back().first + frames_.back().count;
    clear();
    return damaged_at(bad);
  }
  found(from);
  return {};
}

void record_run::take_records(const segment_ptr& from, position first, uint32_t count,
                              timestamp recorded_at) {
  clear();
  frames_.push_back({.first = first,
                     .count = count,
                     .recorded_at = recorded_at,
                     .records = bytes_,
                     .bytes = bytes_.size()});
  found(from);
}

void record_run::found(const segment_ptr& from) {
  current_ = 0;
  if (frames_.empty())
    return;
  from_ = from;
  first_ = frames_.front().first;
  end_ = frames_.back().first + frames_.back().count;
  if (records_.size() < frames_.size())
    records_.resize(frames_.size());
  for (auto& offsets : records_)
    offsets.clear();
}

size_t record_run::frame_of(position x) const {
  const auto is_in = [&](size_t i) {
    return i < frames_.size() && x >= frames_[i].first && x - frames_[i].first < frames_[i].count;
  };
  if (is_in(current_))
    return current_;
  if (is_in(current_ + 1))
    return current_ + 1;
  const auto behind = std::upper_bound(frames_.begin(), frames_.end(), x,
                                       [](position p, const frame_view& f) { return p < f.first; });
  return static_cast<size_t>(behind - frames_.begin()) - 1;
}

bool record_run::read(position x, record_view& out) {
  current_ = frame_of(x);
  const auto& f = frames_[current_];
  auto& offsets = records_[current_];
  const auto wanted = static_cast<size_t>(x - f.first);
  if (offsets.empty())
    offsets.push_back(0);
  while (offsets.size() <= wanted) {
    const auto length = record_length(f.records.substr(offsets.back()));
    if (length == 0)
      return false;
    offsets.push_back(offsets.back() + static_cast<uint32_t>(length));
  }
  auto bytes = f.records.substr(offsets[wanted]);
  out.seq = x;
  return read_record(bytes, f.recorded_at, out);
}

} // namespace carillon::segments
