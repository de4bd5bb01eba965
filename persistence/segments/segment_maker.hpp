#pragma once

#include "base/failure.hpp"
#include "persistence/segments/segment.hpp"

#include <memory>
#include <mutex>
#include <optional>
#include <string>

namespace carillon::segments {

/// Makes files for segments. A spare one is filled with zeros before it is needed, because a commit
/// that lengthens a file, or writes to room that was never written, also waits for the file
/// system's own journal. Thread-safe.
class segment_maker {
public:
  /// @param bytes length of a file
  segment_maker(std::shared_ptr<file_layer> files, uint64_t bytes);

  /// Takes the spare file, or makes one whose room is only reserved; writes its header; and names
  /// it when that is on disk. A file of that name is replaced. Errors: `store_unavailable`.
  expected<segment_ptr> make(position first, const std::string& history, timestamp now);

  /// Makes the spare file if there is none; takes some 100 ms. Errors: `store_unavailable`.
  expected<void> prepare();

  /// Takes a file that the log does not need any more as the spare one, or removes it. Nobody may
  /// read it.
  void recycle(const std::string& name);

  uint64_t segment_bytes() const noexcept {
    return bytes_;
  }

  file_layer& files() const noexcept {
    return *files_;
  }

private:
  expected<void> fill(const std::string& name);

  std::shared_ptr<file_layer> files_;
  uint64_t bytes_;
  std::mutex mutex_;
  bool has_spare_ = false;
  bool is_preparing_ = false;
};

/// Name of the spare file.
inline constexpr const char* spare_name = "spare.tmp";

} // namespace carillon::segments
