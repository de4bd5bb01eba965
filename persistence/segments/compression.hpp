#pragma once

#include "base/failure.hpp"
#include "persistence/segments/segment.hpp"

#include <cstdint>
#include <memory>
#include <string>
#include <string_view>

namespace carillon::segments {

/// A block of a compressed file ends before the frame with which it would exceed this.
inline constexpr uint64_t packed_block_bytes = 256UL * 1024;

/// Files with a longer block stay as they are: a block is in memory as a whole.
inline constexpr uint64_t most_packed_bytes = 16UL * 1024 * 1024;

/// Inflates a block of a compressed file. False if it is damaged, or has another length.
/// @param bytes length of its content
bool inflate_block(std::string_view packed, uint64_t bytes, std::string& out);

/// Length of the compressed block at the beginning of `packed`; 0 if there is none.
size_t packed_length(std::string_view packed) noexcept;

/// Length of its content; 0 if it is not known, or above `most_packed_bytes`.
size_t inflated_length(std::string_view packed) noexcept;

/// Whether a compressed file has the bytes that were written: those that Zstandard ignores, too.
/// True for files that have no checksum of them. Errors: `store_unavailable`.
expected<bool> is_stored_as_written(const segment& x);

/// Makes a copy of a compressed segment as it was before its seal, under another name and on disk.
/// Errors: `store_unavailable`; `store_refused` if the content is not the one that was sealed.
expected<void> unpack(file_layer& files, const segment& x, const std::string& to);

/// Makes a compressed copy of a sealed segment beside it, a little with each call, and puts it in
/// its place. Whatever ends the process, one of the two files is there. One thread uses it.
class segment_packer {
public:
  segment_packer(std::shared_ptr<file_layer> files, segment_ptr from);
  segment_packer(const segment_packer&) = delete;
  segment_packer& operator=(const segment_packer&) = delete;
  ~segment_packer();

  /// The result of a call: neither is set if there is more to do.
  struct progress {
    /// The file that took the place of the other.
    segment_ptr made;
    /// It would not be smaller by a tenth, or has too long a block: it stays as it is.
    bool is_left = false;
  };

  /// Compresses so many bytes of the content, and about as many more. Errors: `store_unavailable`,
  /// `store_refused` if the segment is damaged, `internal` if a library fails; the copy is gone
  /// then.
  expected<progress> step(uint64_t content_bytes);

  const segment_ptr& from() const noexcept {
    return from_;
  }

private:
  class codec;

  expected<void> begin();
  expected<void> pack_next();
  expected<void> write_block();
  void add_to_checksum(std::string_view packed, uint64_t end);
  expected<progress> finish();
  expected<progress> leave();
  failure give_up(failure why);

  std::shared_ptr<file_layer> files_;
  segment_ptr from_;
  seal said_;
  std::unique_ptr<codec> codec_;
  std::unique_ptr<file> to_;
  /// The next block of the segment.
  size_t next_ = 0;
  /// Content that is to become one block, and its place in the table.
  std::string gathered_;
  block gathering_;
  std::vector<block> blocks_;
  /// Where the copy ends.
  uint64_t at_ = 0;
  /// Of what is behind its header.
  uint32_t checksum_ = 0;
};

/// Under this name a compressed copy is made.
inline constexpr const char* packed_name = "packed.tmp";

} // namespace carillon::segments
