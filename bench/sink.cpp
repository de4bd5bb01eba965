#include "bench/sink.hpp"

#include "bench/support.hpp"

#include <arpa/inet.h>
#include <netinet/tcp.h>
#include <sys/epoll.h>
#include <sys/eventfd.h>
#include <sys/socket.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <charconv>
#include <cstring>

namespace carillon::bench {

namespace {

constexpr std::string_view reply = "HTTP/1.1 204 No Content\r\n\r\n";

size_t length_in(std::string_view head) {
  for (std::string_view name : {"\r\nContent-Length: ", "\r\ncontent-length: "})
    if (auto at = head.find(name); at != std::string_view::npos) {
      size_t out = 0;
      std::from_chars(head.data() + at + name.size(), head.data() + head.size(), out);
      return out;
    }
  return 0;
}

void watch(int epoll, int fd) {
  epoll_event x{};
  x.events = EPOLLIN;
  x.data.fd = fd;
  ::epoll_ctl(epoll, EPOLL_CTL_ADD, fd, &x);
}

} // namespace

sink::listener sink::listen() {
  listener out;
  out.fd = ::socket(AF_INET, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
  sockaddr_in at{};
  at.sin_family = AF_INET;
  at.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  socklen_t size = sizeof(at);
  constexpr int backlog = 4'096;
  if (::bind(out.fd, reinterpret_cast<sockaddr*>(&at), size) != 0 || ::listen(out.fd, backlog) != 0
      || ::getsockname(out.fd, reinterpret_cast<sockaddr*>(&at), &size) != 0)
    fail("the sink cannot listen");
  out.port = ntohs(at.sin_port);
  return out;
}

sink::sink(size_t ports, std::function<void(std::string_view, std::string_view)> seen)
  : seen_(std::move(seen)), epoll_(::epoll_create1(EPOLL_CLOEXEC)),
    wake_(::eventfd(0, EFD_CLOEXEC)) {
  watch(epoll_, wake_);
  for (size_t i = 0; i < ports; ++i) {
    listeners_.push_back(listen());
    watch(epoll_, listeners_.back().fd);
  }
  thread_ = std::thread{[this] { run(); }};
}

sink::~sink() {
  uint64_t one = 1;
  [[maybe_unused]] auto written = ::write(wake_, &one, sizeof(one));
  thread_.join();
  for (auto& [fd, in] : connections_)
    ::close(fd);
  for (const auto& x : listeners_)
    ::close(x.fd);
  ::close(epoll_);
  ::close(wake_);
}

void sink::run() {
  std::array<epoll_event, 256> events{};
  for (;;) {
    auto count = ::epoll_wait(epoll_, events.data(), static_cast<int>(events.size()), -1);
    for (int i = 0; i < count; ++i) {
      auto fd = events.at(static_cast<size_t>(i)).data.fd;
      if (fd == wake_)
        return;
      auto known = connections_.contains(fd);
      if (!(known ? read_from(fd) : accept_from(fd))) {
        connections_.erase(fd);
        ::close(fd);
      }
    }
  }
}

bool sink::accept_from(int listening) {
  for (;;) {
    auto fd = ::accept4(listening, nullptr, nullptr, SOCK_NONBLOCK | SOCK_CLOEXEC);
    if (fd < 0)
      return true;
    int on = 1;
    ::setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &on, sizeof(on));
    connections_[fd];
    watch(epoll_, fd);
  }
}

bool sink::read_from(int fd) {
  std::array<char, 65'536> buffer{};
  auto count = ::recv(fd, buffer.data(), buffer.size(), 0);
  if (count <= 0)
    return count < 0 && errno == EAGAIN;
  auto& in = connections_[fd];
  in.append(buffer.data(), static_cast<size_t>(count));
  return answer(fd, in);
}

bool sink::answer(int fd, std::string& in) {
  for (;;) {
    std::string_view all{in};
    auto end = all.find("\r\n\r\n");
    if (end == std::string_view::npos)
      return true;
    auto head = all.substr(0, end + 2);
    auto whole = end + 4 + length_in(head);
    if (all.size() < whole)
      return true;
    seen_(head, all.substr(end + 4, whole - end - 4));
    in.erase(0, whole);
    if (::send(fd, reply.data(), reply.size(), MSG_NOSIGNAL) != static_cast<ssize_t>(reply.size()))
      return false;
  }
}

} // namespace carillon::bench
