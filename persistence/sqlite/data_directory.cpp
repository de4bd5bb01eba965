#include "persistence/sqlite/data_directory.hpp"

#include "base/text/masked.hpp"

#include <cerrno>
#include <fcntl.h>
#include <string>
#include <sys/file.h>
#include <system_error>
#include <unistd.h>
#include <utility>

namespace carillon::sqlite {

namespace {

constexpr std::string_view scheme = "sqlite://";

failure unavailable(const std::string& what, const std::filesystem::path& where, int error) {
  return {ec::store_unavailable,
          what + " " + where.string() + ": " + std::generic_category().message(error),
          {}};
}

/// The holder of the lock, as written in the file; for the message only.
std::string holder_of(int fd) {
  std::array<char, 32> text{};
  const auto size = pread(fd, text.data(), text.size() - 1, 0);
  return size > 0 ? std::string(text.data(), static_cast<size_t>(size)) : "?";
}

/// The same, of a file that may be missing.
std::string holder_in(const std::filesystem::path& file) {
  const int fd = open(file.c_str(), O_RDONLY | O_CLOEXEC | O_NONBLOCK);
  if (fd < 0)
    return "?";
  auto out = holder_of(fd);
  close(fd);
  return out;
}

failure in_use(const std::filesystem::path& directory, const std::string& holder) {
  return {ec::store_locked,
          "the data directory " + directory.string() + " is in use by another process (pid "
            + holder + "); stop it, or choose another directory",
          {}};
}

void write_holder(int fd) {
  const auto text = std::to_string(getpid());
  if (ftruncate(fd, 0) == 0 && pwrite(fd, text.data(), text.size(), 0) < 0)
    return; // The lock itself holds; only the message would be poorer.
}

} // namespace

expected<std::filesystem::path> directory_of(std::string_view url) {
  if (!url.starts_with(scheme) || url.size() == scheme.size())
    return failure{ec::invalid_argument,
                   "the store URL must be sqlite:///absolute/dir or sqlite://relative/dir, not "
                     + masked(url),
                   "store"};
  return std::filesystem::path{url.substr(scheme.size())};
}

std::filesystem::path wal_of(const std::filesystem::path& database) {
  return database.string() + "-wal";
}

uint64_t bytes_on_disk(const data_paths& x) {
  uint64_t sum = 0;
  for (const auto& file : {x.events, x.index, x.state})
    for (const auto& part : {file, wal_of(file)}) {
      std::error_code error;
      const auto size = std::filesystem::file_size(part, error);
      sum += error ? 0 : size;
    }
  return sum;
}

expected<void> remove_database(const std::filesystem::path& database) {
  for (const auto* suffix : {"", "-wal", "-shm"}) {
    std::error_code error;
    const std::filesystem::path file{database.string() + suffix};
    std::filesystem::remove(file, error);
    if (error)
      return unavailable("cannot remove", file, error.value());
  }
  return {};
}

expected<void> sync_directory(const std::filesystem::path& directory) {
  const int fd = open(directory.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC);
  const bool good = fd >= 0 && fsync(fd) == 0;
  const int error = errno;
  if (fd >= 0)
    close(fd);
  if (!good)
    return unavailable("cannot sync", directory, error);
  return {};
}

expected<directory_lock> directory_lock::take(const std::filesystem::path& file) {
  auto directory = file.parent_path();
  if (directory.empty())
    directory = ".";
  directory_lock lock;
  lock.directory_fd_ = open(directory.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC);
  if (lock.directory_fd_ < 0)
    return unavailable("cannot open", directory, errno);
  // Network file systems lock files only.
  if (flock(lock.directory_fd_, LOCK_EX | LOCK_NB) != 0 && errno == EWOULDBLOCK)
    return in_use(directory, holder_in(file));
  lock.fd_ = open(file.c_str(), O_RDWR | O_CREAT | O_CLOEXEC | O_NONBLOCK, 0600);
  if (lock.fd_ < 0)
    return unavailable("cannot open", file, errno);
  close_to_others(file);
  if (flock(lock.fd_, LOCK_EX | LOCK_NB) == 0) {
    write_holder(lock.fd_);
    lock.file_ = file_identity::of(file);
    return lock;
  }
  if (errno != EWOULDBLOCK)
    return unavailable("cannot lock", file, errno);
  return in_use(directory, holder_of(lock.fd_));
}

expected<void> directory_lock::check() const {
  if (file_.is_same())
    return {};
  return failure{ec::store_locked,
                 file_.path().string()
                   + " was removed or replaced while the node ran; nothing may do that, since it "
                     "keeps a second process out of the directory",
                 {}};
}

directory_lock::directory_lock(directory_lock&& x) noexcept
  : fd_(std::exchange(x.fd_, -1)), directory_fd_(std::exchange(x.directory_fd_, -1)),
    file_(std::move(x.file_)) {
}

directory_lock& directory_lock::operator=(directory_lock&& x) noexcept {
  std::swap(fd_, x.fd_);
  std::swap(directory_fd_, x.directory_fd_);
  std::swap(file_, x.file_);
  return *this;
}

directory_lock::~directory_lock() {
  for (int fd : {fd_, directory_fd_})
    if (fd >= 0)
      close(fd);
}

} // namespace carillon::sqlite
