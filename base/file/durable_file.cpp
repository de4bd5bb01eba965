#include "base/file/durable_file.hpp"

#include "base/file/descriptor.hpp"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <atomic>
#include <cerrno>
#include <chrono>
#include <filesystem>
#include <new>
#include <system_error>

namespace carillon {

namespace {

namespace fs = std::filesystem;

constexpr std::string_view temporary_prefix = ".carillon-";
constexpr std::string_view temporary_suffix = ".tmp";

failure file_unavailable(const char* what, const std::string& path, int error) {
  return {ec::store_unavailable,
          std::string{what} + ' ' + path + ": " + std::generic_category().message(error),
          {}};
}

int write_temporary(const std::string& path, std::string_view bytes) {
  const descriptor file{::open(path.c_str(), O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0600)};
  if (!file.is_open())
    return errno;
  if (auto error = write_all(file.get(), bytes))
    return error;
  return file.sync();
}

/// Unique among all threads and running processes.
std::string temporary_name() {
  static std::atomic<uint64_t> counter{0};
  return std::string{temporary_prefix} + std::to_string(::getpid()) + '-'
         + std::to_string(counter.fetch_add(1)) + std::string{temporary_suffix};
}

bool is_stale(const fs::directory_entry& x, std::error_code& error) {
  auto name = x.path().filename().string();
  if (!name.starts_with(temporary_prefix) || !name.ends_with(temporary_suffix))
    return false;
  auto written = x.last_write_time(error);
  return !error && written < fs::file_time_type::clock::now() - std::chrono::hours{1};
}

} // namespace

expected<void> write_durably(const std::string& directory, const std::string& name,
                             std::string_view bytes) {
  const auto path = directory + '/' + name;
  auto temporary = directory + '/' + temporary_name();
  auto error = write_temporary(temporary, bytes);
  // A file left by an earlier process with our process id.
  if (error == EEXIST) {
    ::unlink(temporary.c_str());
    error = write_temporary(temporary, bytes);
  }
  if (error == 0 && ::rename(temporary.c_str(), path.c_str()) != 0)
    error = errno;
  if (error != 0) {
    ::unlink(temporary.c_str());
    return file_unavailable("cannot write", path, error);
  }
  if (auto failed = sync_directory(directory.c_str()))
    return file_unavailable("cannot write", path, failed);
  return {};
}

void remove_abandoned_files(const std::string& directory) noexcept {
  try {
    std::error_code error;
    fs::directory_iterator entry{directory, error};
    for (; !error && entry != fs::directory_iterator{}; entry.increment(error)) {
      std::error_code ignored;
      if (is_stale(*entry, ignored))
        fs::remove(entry->path(), ignored);
    }
  } catch (const std::bad_alloc&) {
    // The next start removes them.
  }
}

expected<void> prepare_directory(const std::string& directory) {
  std::error_code error;
  if (fs::create_directories(directory, error))
    // For its owner alone, regardless of the umask; an existing directory stays as it is.
    fs::permissions(directory, fs::perms::owner_all, error);
  if (error)
    return file_unavailable("cannot make the directory", directory, error.value());
  if (fs::directory_iterator readable{directory, error}; error)
    return file_unavailable("cannot read the directory", directory, error.value());
  remove_abandoned_files(directory);
  return {};
}

expected<std::string> read_whole(const std::string& path, size_t limit) {
  const descriptor file{::open(path.c_str(), O_RDONLY | O_CLOEXEC | O_NONBLOCK)};
  if (!file.is_open()) {
    if (errno == ENOENT)
      return failure{ec::not_found, "there is no file " + path, {}};
    return file_unavailable("cannot read", path, errno);
  }
  struct stat info {};
  if (::fstat(file.get(), &info) != 0)
    return file_unavailable("cannot read", path, errno);
  if (!S_ISREG(info.st_mode))
    return file_unavailable("cannot read", path, EINVAL);
  if (static_cast<uint64_t>(info.st_size) > limit)
    return failure{ec::too_large, path + " has " + std::to_string(info.st_size) + " bytes", {}};
  std::string out(static_cast<size_t>(info.st_size), '\0');
  for (size_t at = 0; at < out.size();) {
    auto n = ::read(file.get(), out.data() + at, out.size() - at);
    if (n < 0 && errno == EINTR)
      continue;
    if (n <= 0)
      return file_unavailable("cannot read", path, n < 0 ? errno : EIO);
    at += static_cast<size_t>(n);
  }
  return out;
}

} // namespace carillon
