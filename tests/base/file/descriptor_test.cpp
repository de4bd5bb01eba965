#include "base/file/descriptor.hpp"

#include <doctest/doctest.h>

#include <fcntl.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <string>
#include <thread>
#include <type_traits>

using namespace carillon;

TEST_SUITE("base/file/descriptor") {
  namespace {

  bool is_open(int fd) {
    return ::fcntl(fd, F_GETFD) >= 0;
  }

  descriptor open_null() {
    return descriptor{::open("/dev/null", O_RDWR | O_CLOEXEC)};
  }

  } // namespace

  TEST_CASE("it closes what it owns") {
    int fd = -1;
    {
      const auto x = open_null();
      fd = x.get();
      REQUIRE(x.is_open());
      CHECK(is_open(fd));
    }
    CHECK_FALSE(is_open(fd));
  }

  TEST_CASE("what is moved has one owner") {
    static_assert(!std::is_copy_constructible_v<descriptor>);
    static_assert(!std::is_copy_assignable_v<descriptor>);
    auto x = open_null();
    const auto fd = x.get();
    auto y = std::move(x);
    CHECK_FALSE(x.is_open()); // NOLINT(bugprone-use-after-move)
    CHECK(y.get() == fd);
    auto z = open_null();
    const auto other = z.get();
    z = std::move(y);
    CHECK(z.get() == fd);
    CHECK_FALSE(is_open(other));
    z = descriptor{};
    CHECK_FALSE(is_open(fd));
  }

  TEST_CASE("a call that failed leaves its error") {
    const descriptor x{::open("/nowhere/at/all", O_RDONLY | O_CLOEXEC)};
    CHECK(errno == ENOENT);
    CHECK_FALSE(x.is_open());
    CHECK(x.sync() == EBADF);
    CHECK(sync_directory("/nowhere/at/all") == ENOENT);
    CHECK(sync_directory(".") == 0);
  }

  TEST_CASE("all bytes are written, however few go at once") {
    std::array<int, 2> ends{};
    REQUIRE(::pipe2(ends.data(), O_CLOEXEC) == 0);
    const descriptor from{ends[0]};
    descriptor to{ends[1]};
    // More than the pipe holds.
    const std::string sent(1'000'000, 'x');
    std::string got;
    std::thread reader{[&] {
      std::array<char, 4096> chunk{};
      for (ssize_t n = 1; n > 0;) {
        n = ::read(from.get(), chunk.data(), chunk.size());
        got.append(chunk.data(), static_cast<size_t>(std::max<ssize_t>(n, 0)));
      }
    }};
    const auto error = write_all(to.get(), sent);
    to = descriptor{};
    reader.join();
    CHECK(error == 0);
    CHECK(got == sent);
    CHECK(write_all(-1, "x") == EBADF);
    CHECK(write_all(-1, "") == 0);
  }
}
