#pragma once

#include "persistence/segments/file_layer.hpp"
#include "persistence/segments/format/frame.hpp"
#include "persistence/segments/format/seal.hpp"
#include "persistence/segments/format/segment_header.hpp"

#include <memory>
#include <mutex>
#include <optional>
#include <string>

namespace carillon::segments {

/// One file of the log, as its writer and readers share it: what of it is acknowledged, and where.
/// Thread-safe.
class segment {
public:
  /// A file without a seal: `acknowledge` says what is in it.
  segment(segment_header header, std::string name, std::shared_ptr<file> content);

  /// A file with a seal.
  segment(segment_header header, std::string name, std::shared_ptr<file> content, seal end);

  const segment_header& header() const noexcept {
    return header_;
  }

  const std::string& name() const noexcept {
    return name_;
  }

  file& content() const noexcept {
    return *content_;
  }

  /// The same, for another segment object of this file.
  std::shared_ptr<file> shared_content() const noexcept {
    return content_;
  }

  /// Last position; the one before its first if it has none.
  position last() const;

  /// End of the acknowledged frames.
  uint64_t end() const;

  bool is_sealed() const;

  bool is_compressed() const;

  /// The seal, or what is known of it as yet: hashes are missing.
  seal summary() const;

  /// The block that has this position. Empty if it is not here or not acknowledged.
  std::optional<block> block_of(position x) const;

  /// A frame is durable: readers see it from now on. It lies where the last one ended.
  /// @param min_time, max_time of its events
  void acknowledge(const frame_view& x, timestamp min_time, timestamp max_time);

  /// The file got this seal.
  void seal_with(seal x);

private:
  const segment_header header_;
  const std::string name_;
  const std::shared_ptr<file> content_;
  mutable std::mutex mutex_;
  seal summary_;
  bool sealed_ = false;
};

using segment_ptr = std::shared_ptr<segment>;

} // namespace carillon::segments
