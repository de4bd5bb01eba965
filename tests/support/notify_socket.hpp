#pragma once

#include "base/file/descriptor.hpp"

#include <doctest/doctest.h>

#include <array>
#include <chrono>
#include <cstddef>
#include <cstring>
#include <string>

#include <poll.h>
#include <sys/socket.h>
#include <sys/un.h>

namespace carillon::test {

/// A service manager's end of `NOTIFY_SOCKET`.
class notify_socket {
public:
  /// @param name a path, or `@` and an abstract name
  explicit notify_socket(const std::string& name)
    : fd_(::socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC, 0)) {
    sockaddr_un at{};
    at.sun_family = AF_UNIX;
    REQUIRE(name.size() < sizeof(at.sun_path));
    std::memcpy(at.sun_path, name.data(), name.size());
    if (name.front() == '@')
      at.sun_path[0] = '\0';
    auto size = static_cast<socklen_t>(offsetof(sockaddr_un, sun_path) + name.size());
    REQUIRE(::bind(fd_.get(), reinterpret_cast<sockaddr*>(&at), size) == 0);
  }

  /// The next datagram; empty if none comes before the deadline.
  std::string next(std::chrono::milliseconds deadline = std::chrono::seconds{30}) const {
    pollfd waiting{fd_.get(), POLLIN, 0};
    if (::poll(&waiting, 1, static_cast<int>(deadline.count())) != 1)
      return {};
    std::array<char, 512> buffer{};
    auto n = ::recv(fd_.get(), buffer.data(), buffer.size(), 0);
    return n < 0 ? std::string{} : std::string{buffer.data(), static_cast<size_t>(n)};
  }

private:
  descriptor fd_;
};

} // namespace carillon::test
