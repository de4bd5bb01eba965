#pragma once

#include "persistence/segments/format/record.hpp"

#include <cstdint>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>

namespace carillon::segments {

/// A frame is what one group commit wrote, see docs/format.md. It counts as a whole or not at all:
/// its checksum covers all of it, and the generation of the file, so that what a former use of the
/// file left does not count as a frame.
struct frame_view {
  position first = 0;
  /// Number of records; 0 in the mark that a clean end leaves.
  uint32_t count = 0;
  timestamp recorded_at;
  /// The records, one after the other.
  std::string_view records;
  /// Bytes of the file that it takes, a multiple of 8.
  size_t bytes = 0;
};

/// Bytes before the records.
inline constexpr size_t frame_head_bytes = 32;

/// Frames begin at multiples of it.
inline constexpr size_t frame_alignment = 8;

/// Most bytes of a frame. A larger group is refused.
inline constexpr size_t max_frame_bytes = 256UL * 1024 * 1024;

/// Makes a frame in `out`, whose memory it uses again. False if it would be too long.
/// @param first position of the first event
/// @param events may be empty: the mark of a clean end
bool make_frame(std::string& out, uint64_t generation, position first, timestamp recorded_at,
                std::span<const draft_ptr> events);

/// Computes the checksum of a frame anew, for a file of another generation.
void move_frame(std::string& frame, uint64_t generation) noexcept;

/// Bytes that the frame at the beginning of `bytes` says that it takes, if its head is plausible;
/// else 0. The checksum is not looked at.
/// @param bytes at least `frame_head_bytes`
size_t frame_length(std::string_view bytes) noexcept;

/// The frame at the beginning of `bytes`; empty if there is none: the length, the checksum or the
/// head are wrong, or it is not all there.
std::optional<frame_view> read_frame(std::string_view bytes, uint64_t generation) noexcept;

} // namespace carillon::segments
