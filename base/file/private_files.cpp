#include "base/file/private_files.hpp"

#include "base/file/descriptor.hpp"

#include <cerrno>
#include <string>
#include <system_error>

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

namespace carillon {

namespace {

constexpr mode_t rights_of_others = 07;

failure unavailable(const char* what, const std::filesystem::path& path, int error) {
  return {ec::store_unavailable,
          std::string{what} + " " + path.string() + ": " + std::generic_category().message(error),
          {}};
}

} // namespace

expected<void> make_private_directory(const std::filesystem::path& path) {
  // A path like `dir/` has an empty last part.
  const auto leaf = path.has_filename() ? path : path.parent_path();
  // `is_directory` reports "no such file" for one that is not there yet.
  std::error_code not_there;
  if (std::filesystem::is_directory(leaf, not_there))
    return {};
  std::error_code error;
  if (leaf.has_parent_path())
    std::filesystem::create_directories(leaf.parent_path(), error);
  if (error)
    return unavailable("cannot make", leaf.parent_path(), error.value());
  if (::mkdir(leaf.c_str(), 0700) != 0)
    return unavailable("cannot make", leaf, errno);
  // The umask may have removed rights of the owner.
  if (::chmod(leaf.c_str(), 0700) != 0)
    return unavailable("cannot make", leaf, errno);
  return {};
}

expected<void> make_private_file(const std::filesystem::path& path) {
  // An existing file is not opened: closing it would drop the locks that SQLite has on it.
  const descriptor file{::open(path.c_str(), O_RDWR | O_CREAT | O_EXCL | O_CLOEXEC, 0600)};
  if (!file.is_open() && errno == EEXIST) {
    close_to_others(path);
    return {};
  }
  if (!file.is_open())
    return unavailable("cannot make", path, errno);
  if (::fchmod(file.get(), 0600) != 0)
    return unavailable("cannot make", path, errno);
  return {};
}

void close_to_others(const std::filesystem::path& file) noexcept {
  struct stat info {};
  if (::stat(file.c_str(), &info) == 0 && S_ISREG(info.st_mode)
      && (info.st_mode & rights_of_others) != 0)
    static_cast<void>(!::chmod(file.c_str(), info.st_mode & 07777U & ~rights_of_others));
}

file_identity file_identity::of(const std::filesystem::path& path) {
  file_identity out;
  std::error_code error;
  out.path_ = std::filesystem::absolute(path, error);
  struct stat info {};
  if (::stat(out.path_.c_str(), &info) == 0) {
    out.device_ = info.st_dev;
    out.number_ = info.st_ino;
  }
  return out;
}

bool file_identity::is_same() const noexcept {
  struct stat info {};
  if (number_ == 0)
    return true;
  if (::stat(path_.c_str(), &info) != 0)
    return errno != ENOENT && errno != ENOTDIR;
  return info.st_dev == device_ && info.st_ino == number_;
}

} // namespace carillon
