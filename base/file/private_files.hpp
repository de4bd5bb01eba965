#pragma once

#include "base/failure.hpp"

#include <cstdint>
#include <filesystem>

namespace carillon {

// A store's files are accessible only to the user that runs it, regardless of the umask.

/// Makes a directory with mode 0700 if it is missing; its parents get what the umask leaves. An
/// existing one stays as it is, since it may serve other purposes as well. Errors:
/// `store_unavailable`.
expected<void> make_private_directory(const std::filesystem::path& path);

/// Makes an empty file with mode 0600 if it is missing; removes the rights of others from an
/// existing one. Rights of its group stay, since an operator may have granted them, e.g. for
/// backups. Errors: `store_unavailable`.
expected<void> make_private_file(const std::filesystem::path& path);

/// Removes the rights of others from a file, if it exists and is ours.
void close_to_others(const std::filesystem::path& file) noexcept;

/// Identity of the file at a path, to detect a replacement later.
class file_identity {
public:
  /// Empty if there is no file; `is_same` is true then.
  static file_identity of(const std::filesystem::path& path);

  /// False if the file was removed or replaced. A path that cannot be examined counts as the same.
  bool is_same() const noexcept;

  const std::filesystem::path& path() const noexcept {
    return path_;
  }

private:
  std::filesystem::path path_;
  uint64_t device_ = 0;
  uint64_t number_ = 0;
};

} // namespace carillon
