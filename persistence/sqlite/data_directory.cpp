#include "persistence/sqlite/data_directory.hpp"

#include "base/text/masked.hpp"
#include "persistence/segments/format/segment_header.hpp"

#include <cerrno>
#include <fcntl.h>
#include <string>
#include <sys/file.h>
#include <system_error>
#include <unistd.h>

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
  const descriptor in{::open(file.c_str(), O_RDONLY | O_CLOEXEC | O_NONBLOCK)};
  return in.is_open() ? holder_of(in.get()) : "?";
}

failure in_use(const std::filesystem::path& directory, const std::string& holder) {
  return {ec::store_locked,
          "the data directory " + directory.string() + " is in use by another process (pid "
            + holder + "); stop it, or choose another directory",
          {}};
}

/// Bytes of the files of a directory.
uint64_t bytes_in(const std::filesystem::path& directory) {
  std::error_code error;
  uint64_t sum = 0;
  std::filesystem::directory_iterator all{directory, error};
  for (; !error && all != std::filesystem::directory_iterator{}; all.increment(error)) {
    std::error_code gone;
    const auto size = all->file_size(gone);
    sum += gone ? 0 : size;
  }
  return sum;
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
  uint64_t sum = bytes_in(x.log);
  for (const auto& file : {x.index, x.state})
    for (const auto& part : {file, wal_of(file)}) {
      std::error_code error;
      const auto size = std::filesystem::file_size(part, error);
      sum += error ? 0 : size;
    }
  return sum;
}

size_t count_segments(const data_paths& x) {
  size_t out = 0;
  std::error_code error;
  std::filesystem::directory_iterator at{x.log, error};
  for (; !error && at != std::filesystem::directory_iterator{}; at.increment(error))
    out += segments::segment_first(at->path().filename().string()) ? 1 : 0;
  return out;
}

expected<void> check_restored(const data_paths& x) {
  std::error_code error;
  if (!std::filesystem::exists(x.restoring, error))
    return {};
  return failure{ec::store_unavailable,
                 x.directory.string()
                   + " is a restore that did not get finished; run the same carillon restore again",
                 {}};
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

expected<void> make_files_private(const data_paths& x) {
  for (const auto& database : {x.index, x.state}) {
    if (auto made = make_private_file(database); !made)
      return made;
    for (const char* suffix : {"-wal", "-shm"})
      close_to_others(database.string() + suffix);
  }
  for (const char* suffix : {"", "-wal", "-shm"})
    close_to_others(x.events.string() + suffix);
  std::error_code error;
  for (const auto& file : std::filesystem::directory_iterator{x.log, error})
    close_to_others(file.path());
  return {};
}

expected<void> sync_directory(const std::filesystem::path& directory) {
  if (auto error = carillon::sync_directory(directory.c_str()))
    return unavailable("cannot sync", directory, error);
  return {};
}

bool is_in_use(const std::filesystem::path& directory) {
  for (const auto* name : {".", "LOCK"}) {
    const descriptor fd{::open((directory / name).c_str(), O_RDONLY | O_CLOEXEC)};
    if (fd.is_open() && flock(fd.get(), LOCK_SH | LOCK_NB) != 0 && errno == EWOULDBLOCK)
      return true;
  }
  return false;
}

expected<directory_lock> directory_lock::take(const std::filesystem::path& file) {
  auto directory = file.parent_path();
  if (directory.empty())
    directory = ".";
  directory_lock lock;
  lock.directory_ = descriptor{::open(directory.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC)};
  if (!lock.directory_.is_open())
    return unavailable("cannot open", directory, errno);
  // Network file systems lock files only.
  if (flock(lock.directory_.get(), LOCK_EX | LOCK_NB) != 0 && errno == EWOULDBLOCK)
    return in_use(directory, holder_in(file));
  lock.lock_ = descriptor{::open(file.c_str(), O_RDWR | O_CREAT | O_CLOEXEC | O_NONBLOCK, 0600)};
  if (!lock.lock_.is_open())
    return unavailable("cannot open", file, errno);
  close_to_others(file);
  if (flock(lock.lock_.get(), LOCK_EX | LOCK_NB) == 0) {
    write_holder(lock.lock_.get());
    lock.file_ = file_identity::of(file);
    return lock;
  }
  if (errno != EWOULDBLOCK)
    return unavailable("cannot lock", file, errno);
  return in_use(directory, holder_of(lock.lock_.get()));
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

} // namespace carillon::sqlite
