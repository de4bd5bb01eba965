#include "base/file/descriptor.hpp"

#include <fcntl.h>
#include <unistd.h>

#include <cerrno>

namespace carillon {

descriptor::~descriptor() {
  if (fd_ >= 0)
    ::close(fd_);
}

int descriptor::sync() const noexcept {
  return ::fsync(fd_) == 0 ? 0 : errno;
}

int write_all(int fd, std::string_view bytes) noexcept {
  while (!bytes.empty()) {
    auto n = ::write(fd, bytes.data(), bytes.size());
    if (n < 0 && errno == EINTR)
      continue;
    if (n <= 0)
      return n < 0 ? errno : EIO;
    bytes.remove_prefix(static_cast<size_t>(n));
  }
  return 0;
}

int sync_directory(const char* path) noexcept {
  const descriptor directory{::open(path, O_RDONLY | O_DIRECTORY | O_CLOEXEC)};
  return directory.is_open() ? directory.sync() : errno;
}

} // namespace carillon
