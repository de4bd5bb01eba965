#pragma once

#include "base/crypto/sha256.hpp"
#include "base/failure.hpp"
#include "messages/events/event.hpp"

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace carillon::segments {

/// A run of whole frames that is found, read and compressed as one.
struct block {
  /// Position of its first event.
  position first = 0;
  /// Where it begins in the content, that is header and frames.
  uint64_t offset = 0;
  uint64_t bytes = 0;
  /// Where it lies in the file, and how long it is there: other than above if it is compressed.
  uint64_t stored_at = 0;
  uint64_t stored_bytes = 0;
  bool is_compressed = false;

  friend bool operator==(const block&, const block&) = default;
};

/// A block ends with the frame that reaches this.
inline constexpr uint64_t block_bytes = 32UL * 1024;

/// What the end of a finished segment says of it, see docs/format.md.
struct seal {
  static constexpr size_t trailer_bytes = 192;

  position first = 0;
  position last = 0;
  /// End of header and frames.
  uint64_t content_bytes = 0;
  bool is_compressed = false;
  /// CRC-32C of a compressed file from its header to its table: Zstandard ignores some bits, and a
  /// change of them damages no block. Files of earlier versions have none.
  std::optional<uint32_t> stored_checksum;
  /// Least and greatest times when events happened, and when they were appended.
  timestamp min_time;
  timestamp max_time;
  timestamp first_recorded_at;
  timestamp last_recorded_at;
  /// SHA-256 of header and frames, not compressed.
  sha256_digest content{};
  /// `seal_hash` of the segment before; zeros if this was the first.
  sha256_digest before{};
  std::vector<block> blocks;

  friend bool operator==(const seal&, const seal&) = default;
};

/// Hash of a segment and of all before it. Nothing if OpenSSL fails.
std::optional<sha256_digest> seal_hash(const seal& x);

/// The table of blocks and the trailer, to be written from a multiple of 4,096 on to the end of the
/// file.
/// @param at where the bytes begin in the file
std::string encode(const seal& x, uint64_t at);

/// Bytes that are kept free behind the content for its seal, which so never lengthens the file.
uint64_t seal_bound(uint64_t content_bytes) noexcept;

/// How many bytes the table and the trailer take, by the last `trailer_bytes` of a file; empty if
/// they are not a trailer.
std::optional<uint64_t> seal_bytes(std::string_view trailer) noexcept;

/// Inverse of `encode`; empty if the bytes are not those of a seal, or damaged.
std::optional<seal> decode_seal(std::string_view bytes);

} // namespace carillon::segments
