#pragma once

#include "base/failure.hpp"

#include <cstdint>
#include <filesystem>
#include <functional>
#include <string>

namespace carillon {

// Files of a backup. Errors name the path, for the operator: `store_unavailable`.

/// Told how many bytes more were read; may be empty.
using bytes_read = std::function<void(uint64_t)>;

/// What a file has.
struct file_digest {
  uint64_t bytes = 0;
  /// 64 hexadecimal digits.
  std::string sha256;

  friend bool operator==(const file_digest&, const file_digest&) = default;
};

/// Reads a file. Errors: also `not_found`.
expected<file_digest> digest_of(const std::filesystem::path& file, const bytes_read& tell);

/// Copies a file, mode 0600. The copy has its name when it is complete and on disk; zeros at whole
/// pages take no room. The caller syncs the directory. An old file of that name is replaced.
/// Errors: also `not_found`.
expected<file_digest> copy_durably(const std::filesystem::path& from,
                                   const std::filesystem::path& to, const bytes_read& tell);

/// Writes a file by `write`, which gets its descriptor and returns 0 or an error. The file has mode
/// 0600, and its name when it is complete and on disk. The caller syncs the directory. An old file
/// of that name is replaced. 0, or the error.
int write_durably_by(const std::filesystem::path& to, const std::function<int(int file)>& write);

/// Gives a file another name. False if the file system cannot do that here, such as to another one.
/// Errors: also `not_found`.
expected<bool> link_file(const std::filesystem::path& from, const std::filesystem::path& to);

} // namespace carillon
