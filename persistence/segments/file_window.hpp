#pragma once

#include "base/failure.hpp"
#include "persistence/segments/file_layer.hpp"
#include "persistence/segments/format/frame.hpp"

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace carillon::segments {

/// Reads a file from its beginning to its end, a megabyte at a time.
class file_window {
public:
  explicit file_window(file& x) : file_(x) {
  }

  /// Asks for the length of the file. Errors: `store_unavailable`.
  expected<void> open();

  /// Length of the file.
  uint64_t size() const noexcept {
    return size_;
  }

  /// Bytes at an offset, valid until the next call; fewer at the end of the file. Errors:
  /// `store_unavailable`.
  expected<std::string_view> view(uint64_t offset, size_t bytes);

  /// The frame at an offset, valid until the next call; empty if there is none. Errors:
  /// `store_unavailable`.
  expected<std::optional<frame_view>> frame(uint64_t offset, uint64_t generation);

private:
  file& file_;
  uint64_t size_ = 0;
  uint64_t begin_ = 0;
  std::string bytes_;
};

} // namespace carillon::segments
