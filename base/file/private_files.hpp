#pragma once

#include "base/failure.hpp"

#include <cstdint>
#include <filesystem>

namespace carillon {

// What a store keeps is for the user alone that runs it, whatever its umask is.

/// Makes a directory with mode 0700 if it is missing; its parents get what the umask leaves. One
/// that is there stays as it is: it may be somebody's for other things as well.
/// Errors: `store_unavailable`.
expected<void> make_private_directory(const std::filesystem::path& path);

/// Makes an empty file with mode 0600 if it is missing; takes the rights of others from one that is
/// there. Those of its group stay, which an operator may have given, e.g. for backups.
/// Errors: `store_unavailable`.
expected<void> make_private_file(const std::filesystem::path& path);

/// Takes the rights of others from a file, if it is there and ours.
void close_to_others(const std::filesystem::path& file) noexcept;

/// Which file a path names, so that it shows if it names another one later.
class file_identity {
public:
  /// Nothing if there is no file, and `is_same` is true then.
  static file_identity of(const std::filesystem::path& path);

  /// False if the file was removed or replaced. A path that cannot be looked at counts as the same.
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
