#pragma once

#include <string_view>
#include <utility>

namespace carillon {

/// Owns a file descriptor: closes it at the end of its life. What a call that makes one returns may
/// be given to it as it is, also -1; `errno` is still there then.
class descriptor {
public:
  descriptor() noexcept = default;
  explicit descriptor(int fd) noexcept : fd_(fd) {
  }
  descriptor(descriptor&& x) noexcept : fd_(std::exchange(x.fd_, -1)) {
  }
  descriptor& operator=(descriptor x) noexcept {
    std::swap(fd_, x.fd_);
    return *this;
  }
  ~descriptor();

  bool is_open() const noexcept {
    return fd_ >= 0;
  }

  /// Negative if there is none.
  int get() const noexcept {
    return fd_;
  }

  /// Writes what is in the system's caches to the disk. 0, or the error.
  int sync() const noexcept;

private:
  int fd_ = -1;
};

/// Writes all bytes, also in several goes. 0, or the error.
int write_all(int fd, std::string_view bytes) noexcept;

/// Makes the names of new and renamed files in the directory durable. 0, or the error.
int sync_directory(const char* path) noexcept;

} // namespace carillon
