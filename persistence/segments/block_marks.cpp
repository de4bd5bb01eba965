#include "persistence/segments/block_marks.hpp"

#include "base/crc32c.hpp"

#include <algorithm>

namespace carillon::segments {

namespace {

/// Adds the records of a frame as pieces. False if one is damaged.
bool split(const frame_view& from, uint32_t at, uint32_t skip, std::vector<piece>& out) {
  auto rest = from.records;
  for (uint32_t done = 0; done < from.count;) {
    piece x{.skip = skip + done,
            .at = at + static_cast<uint32_t>(from.records.size() - rest.size()),
            .is_frames = false,
            .recorded_at = from.recorded_at};
    while (done < from.count && x.bytes < piece_bytes) {
      const auto length = record_length(rest.substr(x.bytes));
      if (length == 0)
        return false;
      x.bytes += static_cast<uint32_t>(length);
      ++x.count;
      ++done;
    }
    x.checksum = crc32c(rest.substr(0, x.bytes));
    rest.remove_prefix(x.bytes);
    out.push_back(x);
  }
  return true;
}

} // namespace

std::vector<piece> pieces_of(std::span<const frame_view> frames) {
  std::vector<piece> out;
  uint32_t at = 0;
  uint32_t skip = 0;
  for (const auto& x : frames) {
    const auto bytes = static_cast<uint32_t>(x.bytes);
    if (x.bytes >= 2 * piece_bytes) {
      if (!split(x, at + static_cast<uint32_t>(frame_head_bytes), skip, out))
        return {};
    } else if (!out.empty() && out.back().is_frames && out.back().bytes < piece_bytes) {
      out.back().bytes += bytes;
      out.back().count += x.count;
    } else {
      out.push_back({.skip = skip, .count = x.count, .at = at, .bytes = bytes});
    }
    at += bytes;
    skip += x.count;
  }
  return out;
}

std::optional<piece> block_marks::find(const segment_ptr& of, const block& in, position x) {
  const auto there = by_first_.find(in.first);
  if (there == by_first_.end())
    return {};
  const auto at = there->second;
  if (at->of.owner_before(of) || of.owner_before(at->of)) {
    erase(at);
    return {};
  }
  entries_.splice(entries_.begin(), entries_, at);
  const auto skip = x - in.first;
  const auto behind = std::upper_bound(at->pieces.begin(), at->pieces.end(), skip,
                                       [](uint64_t p, const piece& y) { return p < y.skip; });
  if (behind == at->pieces.begin())
    return {};
  const auto& out = *std::prev(behind);
  // The newest block grows; its end is not known as yet.
  return skip - out.skip < out.count ? std::optional{out} : std::nullopt;
}

void block_marks::put(const segment_ptr& of, const block& in, std::vector<piece> pieces) {
  erase(in);
  pieces.shrink_to_fit();
  entries_.push_front({.first = in.first, .of = of, .pieces = std::move(pieces)});
  by_first_[in.first] = entries_.begin();
  bytes_ += bytes_of(entries_.front());
  while (bytes_ > most_bytes)
    erase(std::prev(entries_.end()));
}

void block_marks::erase(const block& in) {
  if (const auto there = by_first_.find(in.first); there != by_first_.end())
    erase(there->second);
}

void block_marks::erase(std::list<entry>::iterator x) {
  bytes_ -= bytes_of(*x);
  by_first_.erase(x->first);
  entries_.erase(x);
}

size_t block_marks::bytes_of(const entry& x) noexcept {
  // With a node of the list and one of the table.
  return x.pieces.capacity() * sizeof(piece) + sizeof(entry) + 8 * sizeof(void*);
}

} // namespace carillon::segments
