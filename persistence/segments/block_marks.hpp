#pragma once

#include "persistence/segments/format/frame.hpp"
#include "persistence/segments/segment.hpp"

#include <cstdint>
#include <list>
#include <memory>
#include <optional>
#include <span>
#include <unordered_map>
#include <vector>

namespace carillon::segments {

/// A part of a block in its file, read and checked by itself: some whole frames, which have
/// checksums of their own, or some records of one frame.
struct piece {
  /// Positions behind the first of the block, and number of records.
  uint32_t skip = 0;
  uint32_t count = 0;
  /// Where it begins behind the begin of the block.
  uint32_t at = 0;
  uint32_t bytes = 0;
  bool is_frames = true;
  /// CRC-32C of the records, and the time of their frame.
  uint32_t checksum = 0;
  timestamp recorded_at;
};

/// A piece ends with the record or frame that reaches this.
inline constexpr size_t piece_bytes = 4'096;

/// The pieces of a block that was checked as a whole; none if a record of it is damaged.
/// @param frames of the block, whose bytes lie one behind the other
std::vector<piece> pieces_of(std::span<const frame_view> frames);

/// Pieces of the blocks that a reader jumped into, so that the next jump into one reads a piece
/// of it, and checks it by a checksum that was computed when all of the block was checked. Forgets
/// the block that was used longest ago. One thread uses it.
class block_marks {
public:
  /// Most memory, in bytes: those of about 500 MiB of log.
  static constexpr size_t most_bytes = 4UL * 1024 * 1024;

  /// The piece that has a position of a block of this segment; empty if it is not known.
  std::optional<piece> find(const segment_ptr& of, const block& in, position x);

  /// Remembers the pieces of a block, which take the place of others of it.
  void put(const segment_ptr& of, const block& in, std::vector<piece> pieces);

  /// Forgets a block.
  void erase(const block& in);

private:
  struct entry {
    position first = 0;
    /// Not the same if another file took the place of its file.
    std::weak_ptr<const segment> of;
    std::vector<piece> pieces;
  };

  static size_t bytes_of(const entry& x) noexcept;
  void erase(std::list<entry>::iterator x);

  /// The one that was used last is the first.
  std::list<entry> entries_;
  std::unordered_map<position, std::list<entry>::iterator> by_first_;
  size_t bytes_ = 0;
};

} // namespace carillon::segments
