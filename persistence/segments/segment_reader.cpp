#include "persistence/segments/segment_reader.hpp"

#include "base/crc32c.hpp"
#include "persistence/segments/faults.hpp"
#include "persistence/segments/frame_list.hpp"

#include <utility>

namespace carillon::segments {

segment_reader::segment_reader(std::shared_ptr<const segment_list> log) : log_(std::move(log)) {
}

expected<const record_view*> segment_reader::at(position x) {
  if (!is_fresh_ || !runs_.latest().has(x)) {
    if (auto loaded = load(x); !loaded)
      return loaded.error();
  }
  last_ = x;
  auto& run = runs_.latest();
  if (!is_fresh_ || !run.has(x))
    return nullptr;
  if (!run.read(x, record_))
    return damaged_at(x);
  return &record_;
}

expected<void> segment_reader::load(position x) {
  // Also within the same segment: its file may have been replaced by a compressed one.
  const auto from = log_->find(x);
  const auto in = from ? from->block_of(x) : std::nullopt;
  if (!in)
    return {};
  is_fresh_ = true;
  if (runs_.find(from, x))
    return {};
  const bool is_walk = x == last_ + 1 || x + 1 == last_;
  if (!is_walk && !in->is_compressed) {
    if (const auto known = marks_.find(from, *in, x)) {
      if (load_piece(from, *in, *known))
        return {};
      // What is wrong is told of the block.
      marks_.erase(*in);
    }
  }
  return load_block(from, *in, is_walk);
}

bool segment_reader::load_piece(const segment_ptr& from, const block& in, const piece& x) {
  auto& run = runs_.add(x.bytes);
  auto& bytes = run.bytes();
  bytes.resize(x.bytes);
  if (read_all(from->content(), in.stored_at + x.at, bytes) != static_cast<int64_t>(x.bytes))
    return false;
  const auto first = in.first + x.skip;
  if (x.is_frames)
    return run.take_frames(from, first).has_value();
  if (crc32c(bytes) != x.checksum)
    return false;
  run.take_records(from, first, x.count, x.recorded_at);
  return true;
}

expected<void> segment_reader::load_block(const segment_ptr& from, const block& in, bool is_walk) {
  // Who walks does not come back.
  auto& run = is_walk ? runs_.latest() : runs_.add(in.bytes);
  run.clear();
  if (auto read = read_block(*from, in, run.bytes()); !read)
    return read;
  if (auto taken = run.take_frames(from, in.first); !taken)
    return taken;
  if (!is_walk && !in.is_compressed && in.bytes >= 2 * piece_bytes)
    marks_.put(from, in, pieces_of(run.frames()));
  return {};
}

} // namespace carillon::segments
