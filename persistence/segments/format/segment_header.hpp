#pragma once

#include "base/failure.hpp"
#include "messages/events/event.hpp"

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace carillon::segments {

/// The first page of a segment file, see docs/format.md.
struct segment_header {
  static constexpr size_t bytes = 4'096;
  static constexpr uint32_t format = 1;

  /// Position of its first event, also if it has none yet.
  position first = 0;
  /// Drawn anew for each use of a file; checksums of frames cover it.
  uint64_t generation = 0;
  /// Which history of the log it belongs to: 1–32 letters and digits.
  std::string history;
  timestamp made_at;
  /// Length of the file before it is sealed. One of another length has a seal at its end.
  uint64_t file_bytes = 0;

  friend bool operator==(const segment_header&, const segment_header&) = default;
};

/// The page.
std::string encode(const segment_header& x);

/// Errors: `store_too_new` for another format, `store_corrupt` if it is not a header, or damaged.
expected<segment_header> decode_header(std::string_view page);

/// The generation that a page says, also if the page is damaged elsewhere.
/// @param page `segment_header::bytes`
uint64_t generation_in(std::string_view page) noexcept;

/// Name of the file that begins with a position, e.g. `00000000000000000001.seg`.
std::string segment_name(position first);

/// Inverse of `segment_name`; empty for names of other files.
std::optional<position> segment_first(std::string_view name) noexcept;

} // namespace carillon::segments
