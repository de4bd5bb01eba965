#include "net/admin/client_socket.hpp"

#include <arpa/inet.h>
#include <netinet/in.h>
#include <poll.h>
#include <sys/socket.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>

namespace carillon::admin {

namespace {

using std::chrono::milliseconds;

/// How long and how much is read over after the answer.
constexpr milliseconds linger_time{500};
constexpr size_t linger_bytes = 1024UL * 1024;

} // namespace

client_socket::~client_socket() {
  ::close(socket_);
}

client_socket::outcome client_socket::wait(short events, time_point deadline, bool wakes) const {
  for (;;) {
    auto left = std::chrono::ceil<milliseconds>(deadline - std::chrono::steady_clock::now());
    if (left <= milliseconds{0})
      return outcome::expired;
    std::array<pollfd, 2> watched{{{socket_, events, 0}, {wakes ? wake_ : -1, POLLIN, 0}}};
    auto timeout = static_cast<int>(std::min<int64_t>(left.count(), 60'000));
    auto count = ::poll(watched.data(), watched.size(), timeout);
    if (count < 0 && errno != EINTR)
      return outcome::ended;
    if (count <= 0)
      continue;
    if (watched[1].revents != 0)
      return outcome::ended;
    return outcome::ready;
  }
}

client_socket::outcome client_socket::read(std::string& out, size_t most,
                                           time_point deadline) const {
  std::array<char, 16'384> chunk;
  for (;;) {
    if (auto state = wait(POLLIN, deadline, true); state != outcome::ready)
      return state;
    auto count = ::recv(socket_, chunk.data(), std::min(most, chunk.size()), MSG_DONTWAIT);
    if (count > 0) {
      out.append(chunk.data(), static_cast<size_t>(count));
      return outcome::ready;
    }
    if (count == 0 || (errno != EAGAIN && errno != EWOULDBLOCK && errno != EINTR))
      return outcome::ended;
  }
}

bool client_socket::write(std::string_view bytes, time_point deadline) const {
  while (!bytes.empty()) {
    auto count = ::send(socket_, bytes.data(), bytes.size(), MSG_NOSIGNAL | MSG_DONTWAIT);
    if (count > 0) {
      bytes.remove_prefix(static_cast<size_t>(count));
      continue;
    }
    if (count < 0 && errno != EAGAIN && errno != EWOULDBLOCK && errno != EINTR)
      return false;
    if (wait(POLLOUT, deadline, false) != outcome::ready)
      return false;
  }
  return true;
}

void client_socket::turn_away(std::string_view bytes) const noexcept {
  [[maybe_unused]] auto sent
    = ::send(socket_, bytes.data(), bytes.size(), MSG_NOSIGNAL | MSG_DONTWAIT);
  ::shutdown(socket_, SHUT_WR);
  std::array<char, 16'384> ignored;
  for (int i = 0; i < 4; ++i)
    if (::recv(socket_, ignored.data(), ignored.size(), MSG_DONTWAIT) <= 0)
      return;
}

void client_socket::finish() const {
  ::shutdown(socket_, SHUT_WR);
  auto deadline = std::chrono::steady_clock::now() + linger_time;
  std::string ignored;
  for (size_t total = 0; total < linger_bytes; total += ignored.size()) {
    ignored.clear();
    if (read(ignored, linger_bytes, deadline) != outcome::ready)
      return;
  }
}

std::string client_socket::remote_address() const {
  sockaddr_storage peer{};
  socklen_t size = sizeof(peer);
  std::array<char, INET6_ADDRSTRLEN> text{};
  if (::getpeername(socket_, reinterpret_cast<sockaddr*>(&peer), &size) != 0)
    return {};
  const void* address = &reinterpret_cast<const sockaddr_in&>(peer).sin_addr;
  auto family = static_cast<int>(peer.ss_family);
  if (family == AF_INET6) {
    const auto& six = reinterpret_cast<const sockaddr_in6&>(peer).sin6_addr;
    address = &six;
    if (IN6_IS_ADDR_V4MAPPED(&six)) {
      family = AF_INET;
      address = six.s6_addr + 12;
    }
  }
  if (::inet_ntop(family, address, text.data(), text.size()) == nullptr)
    return {};
  return text.data();
}

} // namespace carillon::admin
