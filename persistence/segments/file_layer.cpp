#include "persistence/segments/file_layer.hpp"

#include "base/file/descriptor.hpp"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <cstdio>
#include <filesystem>
#include <random>
#include <system_error>

namespace carillon::segments {

namespace {

/// Repeats a call that a signal interrupts.
template <class Call>
auto uninterrupted(Call&& call) noexcept {
  auto out = call();
  while (out < 0 && errno == EINTR)
    out = call();
  return out;
}

class system_file : public file {
public:
  explicit system_file(descriptor fd) noexcept : fd_(std::move(fd)) {
  }

  int64_t read(uint64_t offset, std::span<char> out) noexcept override {
    const auto n = uninterrupted(
      [&] { return ::pread(fd_.get(), out.data(), out.size(), static_cast<off_t>(offset)); });
    return n < 0 ? -errno : n;
  }

  int64_t write(uint64_t offset, std::string_view bytes) noexcept override {
    const auto n = uninterrupted(
      [&] { return ::pwrite(fd_.get(), bytes.data(), bytes.size(), static_cast<off_t>(offset)); });
    return n < 0 ? -errno : n;
  }

  int sync() noexcept override {
    // Not tried again, not even after EINTR: see `file::sync`.
    return ::fdatasync(fd_.get()) == 0 ? 0 : errno;
  }

  int resize(uint64_t bytes) noexcept override {
    const auto now = size();
    if (now < 0)
      return static_cast<int>(-now);
    if (bytes > static_cast<uint64_t>(now)) {
      int error = EINTR;
      while (error == EINTR)
        error = ::posix_fallocate(fd_.get(), now, static_cast<off_t>(bytes) - now);
      return error;
    }
    return uninterrupted([&] { return ::ftruncate(fd_.get(), static_cast<off_t>(bytes)); }) == 0
             ? 0
             : errno;
  }

  int64_t size() noexcept override {
    struct stat x {};
    return ::fstat(fd_.get(), &x) == 0 ? x.st_size : -errno;
  }

private:
  descriptor fd_;
};

class system_files : public file_layer {
public:
  explicit system_files(std::string directory) : directory_(std::move(directory)) {
  }

  int open(const std::string& name, mode how, std::unique_ptr<file>& out) override {
    const int flags = how == mode::read    ? O_RDONLY
                      : how == mode::write ? O_RDWR
                                           : O_RDWR | O_CREAT | O_EXCL;
    descriptor fd{uninterrupted(
      [&] { return ::open(path_of(name).c_str(), flags | O_CLOEXEC | O_NOFOLLOW, 0600); })};
    if (!fd.is_open())
      return errno;
    out = std::make_unique<system_file>(std::move(fd));
    return 0;
  }

  int list(std::vector<std::string>& out) override {
    std::error_code error;
    std::filesystem::directory_iterator at{directory_, error};
    for (; !error && at != std::filesystem::directory_iterator{}; at.increment(error))
      out.push_back(at->path().filename().string());
    return error.value();
  }

  int rename(const std::string& from, const std::string& to) noexcept override {
    return ::rename(path_of(from).c_str(), path_of(to).c_str()) == 0 ? 0 : errno;
  }

  int remove(const std::string& name) noexcept override {
    return ::unlink(path_of(name).c_str()) == 0 ? 0 : errno;
  }

  bool has_other_name(const std::string& name) noexcept override {
    struct stat x {};
    return ::stat(path_of(name).c_str(), &x) == 0 && x.st_nlink > 1;
  }

  int sync_directory() noexcept override {
    return carillon::sync_directory(directory_.c_str());
  }

  uint64_t random() override {
    std::random_device source;
    return (uint64_t{source()} << 32) | source();
  }

  std::string path_of(const std::string& name) const override {
    return directory_ + "/" + name;
  }

private:
  std::string directory_;
};

} // namespace

std::shared_ptr<file_layer> files_in(std::string directory) {
  return std::make_shared<system_files>(std::move(directory));
}

int sync_seen(file& x) noexcept {
  const int error = x.sync();
  return error == EROFS || error == EINVAL ? 0 : error;
}

int write_all(file& to, uint64_t offset, std::string_view bytes) noexcept {
  while (!bytes.empty()) {
    const auto n = to.write(offset, bytes);
    if (n <= 0)
      return n < 0 ? static_cast<int>(-n) : EIO;
    offset += static_cast<uint64_t>(n);
    bytes.remove_prefix(static_cast<size_t>(n));
  }
  return 0;
}

int64_t read_all(file& from, uint64_t offset, std::span<char> out) noexcept {
  size_t done = 0;
  while (done < out.size()) {
    const auto n = from.read(offset + done, out.subspan(done));
    if (n < 0)
      return n;
    if (n == 0)
      break;
    done += static_cast<size_t>(n);
  }
  return static_cast<int64_t>(done);
}

} // namespace carillon::segments
