#pragma once

#include <doctest/doctest.h>

#include <cerrno>
#include <cstdint>
#include <cstring>
#include <filesystem>
#include <fstream>
#include <string>

#include <sys/mount.h>

namespace carillon::test {

/// A file system of a few megabytes.
class small_disk {
public:
  explicit small_disk(const std::string& path, const char* size = "size=16m") : path_(path) {
    std::filesystem::create_directories(path);
    auto failed = ::mount("tmpfs", path.c_str(), "tmpfs", 0, size);
    REQUIRE_MESSAGE(failed == 0, "this test mounts a tmpfs and needs root: ", std::strerror(errno));
  }

  small_disk(const small_disk&) = delete;
  small_disk& operator=(const small_disk&) = delete;

  ~small_disk() {
    ::umount2(path_.c_str(), MNT_DETACH);
  }

  const std::string& path() const noexcept {
    return path_;
  }

  /// Takes all but `spare` bytes of the free space.
  void fill(std::uintmax_t spare) const {
    auto free = std::filesystem::space(path_).available;
    std::ofstream out{path_ + "/ballast", std::ios::binary | std::ios::app};
    std::string block(4096, 'x');
    for (std::uintmax_t n = spare; n + block.size() < free; n += block.size())
      out << block;
  }

  void release() const {
    std::filesystem::remove(path_ + "/ballast");
  }

private:
  std::string path_;
};

} // namespace carillon::test
