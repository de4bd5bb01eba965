#include "persistence/segments/segment_reader.hpp"

#include "persistence/segments/faults.hpp"

#include <algorithm>

namespace carillon::segments {

segment_reader::segment_reader(std::shared_ptr<const segment_list> log) : log_(std::move(log)) {
}

expected<const record_view*> segment_reader::at(position x) {
  const auto has = [&](size_t i) {
    return i < frames_.size() && x >= frames_[i].first && x - frames_[i].first < frames_[i].count;
  };
  if (!has(current_)) {
    current_ = has(current_ + 1) ? current_ + 1 : frame_of(x);
    if (!has(current_)) {
      if (auto loaded = load(x); !loaded)
        return loaded.error();
      current_ = frame_of(x);
    }
  }
  if (!has(current_))
    return nullptr;
  if (!read_in(current_, x))
    return damaged_at(x);
  return &record_;
}

size_t segment_reader::frame_of(position x) const {
  const auto behind = std::upper_bound(frames_.begin(), frames_.end(), x,
                                       [](position p, const frame_view& f) { return p < f.first; });
  return behind == frames_.begin() ? frames_.size()
                                   : static_cast<size_t>(behind - frames_.begin()) - 1;
}

expected<void> segment_reader::load(position x) {
  // Also within the same segment: its file may have been replaced by a compressed one.
  segment_ = log_->find(x);
  const auto at = segment_ ? segment_->block_of(x) : std::nullopt;
  if (!at)
    return {};
  frames_.clear();
  if (auto read = read_block(*segment_, *at, bytes_); !read)
    return read;
  if (!take_apart(bytes_, segment_->header().generation, at->first, frames_)) {
    const auto bad = frames_.empty() ? at->first : frames_.back().first + frames_.back().count;
    frames_.clear();
    return damaged_at(bad);
  }
  if (records_.size() < frames_.size())
    records_.resize(frames_.size());
  for (auto& offsets : records_)
    offsets.clear();
  return {};
}

bool segment_reader::read_in(size_t frame, position x) {
  const auto& f = frames_[frame];
  auto& offsets = records_[frame];
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
  record_.seq = x;
  return read_record(bytes, f.recorded_at, record_);
}

} // namespace carillon::segments
