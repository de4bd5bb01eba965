#pragma once

#include "base/failure.hpp"
#include "persistence/segments/segment.hpp"

#include <memory>
#include <mutex>
#include <string>

namespace carillon::segments {

/// What a new segment is to be.
struct segment_wish {
  position first = 0;
  const std::string& history;
  timestamp now;
  /// Bytes that have to fit, with the header and the room for a seal.
  uint64_t least_bytes = 0;
};

/// Makes files for segments. A spare one is filled with zeros before it is needed, because a commit
/// that lengthens a file, or writes to room that was never written, also waits for the file
/// system's own journal.
class segment_maker {
public:
  /// @param bytes length of a file
  segment_maker(std::shared_ptr<file_layer> files, uint64_t bytes);

  /// Takes the spare file, or fills a short one with zeros (4 MiB, the first of a log 1 MiB; a
  /// longer one, for a longer frame, has its room only reserved), for the next `make`. If the disk
  /// has no room for that, the file is shorter, down to 1 MiB. Errors: `store_unavailable`; no
  /// segment is there then, nor will be. For the writer's thread.
  /// @param least_bytes as in `segment_wish`
  expected<void> reserve(uint64_t least_bytes, bool is_first = false);

  /// Writes the header of the reserved file, or of one that it reserves, and names it when that is
  /// on disk. A file of that name is replaced. Errors: `store_unavailable`; nobody knows then
  /// whether the file is there after a power cut. For the writer's thread.
  expected<segment_ptr> make(const segment_wish& x);

  /// Makes the spare file if there is none; takes some 100 ms, and never has more than 1 MiB on its
  /// way to the disk, so that commits do not wait for it. Errors: `store_unavailable`. For one
  /// thread at a time, beside the writer's.
  expected<void> prepare();

  /// When a log is opened for writing: takes the spare file of the process before, and removes what
  /// it did not finish.
  void take_over_spare();

  /// Length of a file.
  uint64_t segment_bytes() const noexcept {
    return bytes_;
  }

private:
  int take_or_reserve(uint64_t least_bytes, bool is_first, std::unique_ptr<file>& out);
  static int fill(file& out, uint64_t bytes);
  int make_spare();

  std::shared_ptr<file_layer> files_;
  uint64_t bytes_;
  /// Of the writer's thread.
  std::unique_ptr<file> reserved_;
  std::mutex mutex_;
  bool has_spare_ = false;
};

/// Name of the spare file.
inline constexpr const char* spare_name = "spare.tmp";

} // namespace carillon::segments
