#include "tests/support/tcp_gate.hpp"

#include <arpa/inet.h>
#include <netinet/in.h>
#include <poll.h>
#include <sys/socket.h>
#include <unistd.h>

#include <array>
#include <stdexcept>

namespace carillon::test {

namespace {

constexpr int tick_ms = 20;

sockaddr_in loopback(uint16_t port) {
  sockaddr_in out{};
  out.sin_family = AF_INET;
  out.sin_port = htons(port);
  out.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  return out;
}

bool send_all(int to, std::string_view bytes) {
  while (!bytes.empty()) {
    auto n = ::send(to, bytes.data(), bytes.size(), MSG_NOSIGNAL);
    if (n <= 0)
      return false;
    bytes.remove_prefix(static_cast<size_t>(n));
  }
  return true;
}

} // namespace

tcp_gate::tcp_gate(uint16_t server) : server_(server) {
  listener_ = ::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
  auto address = loopback(0);
  socklen_t size = sizeof address;
  auto* generic = reinterpret_cast<sockaddr*>(&address);
  constexpr int backlog = 64;
  if (::bind(listener_, generic, size) != 0 || ::listen(listener_, backlog) != 0
      || ::getsockname(listener_, generic, &size) != 0)
    throw std::runtime_error("no port for a gate");
  port_ = ntohs(address.sin_port);
  acceptor_ = std::thread{[this] { accept_all(); }};
}

tcp_gate::~tcp_gate() {
  stop_ = true;
  acceptor_.join();
  for (auto& x : connections_)
    x.join();
  ::close(listener_);
}

void tcp_gate::cut_at(std::string text, bool answered, bool then_closed) {
  std::lock_guard guard{mutex_};
  then_closed_ = then_closed;
  then_held_ = false;
  text_ = std::move(text);
  answered_ = answered;
}

void tcp_gate::hold_at(std::string text) {
  std::lock_guard guard{mutex_};
  then_held_ = true;
  text_ = std::move(text);
}

void tcp_gate::wait_while_held() const {
  while (held_ && !stop_)
    ::poll(nullptr, 0, tick_ms);
}

tcp_gate::deed tcp_gate::take_deed(std::string_view bytes) {
  std::lock_guard guard{mutex_};
  if (text_.empty() || bytes.find(text_) == std::string_view::npos)
    return deed::pass;
  text_.clear();
  if (then_held_) {
    held_ = true;
    ++held_count_;
    return deed::hold;
  }
  ++cuts_;
  if (then_closed_)
    closed_ = true;
  return answered_ ? deed::cut_answer : deed::cut;
}

void tcp_gate::accept_all() {
  while (!stop_) {
    pollfd x{.fd = listener_, .events = POLLIN, .revents = 0};
    if (::poll(&x, 1, tick_ms) <= 0)
      continue;
    auto client = ::accept4(listener_, nullptr, nullptr, SOCK_CLOEXEC);
    if (client >= 0)
      connections_.emplace_back([this, client] { serve(client); });
  }
}

void tcp_gate::serve(int client) {
  auto server = ::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
  auto address = loopback(server_);
  bool open
    = !closed_ && ::connect(server, reinterpret_cast<sockaddr*>(&address), sizeof address) == 0;
  bool cut_answer = false;
  std::array<char, 65'536> bytes{};
  const auto epoch = epoch_.load();
  while (open && !stop_ && epoch == epoch_) {
    std::array<pollfd, 2> ends{pollfd{client, POLLIN, 0}, pollfd{server, POLLIN, 0}};
    if (::poll(ends.data(), ends.size(), tick_ms) <= 0)
      continue;
    for (size_t i = 0; i < ends.size() && open; ++i) {
      if (ends.at(i).revents == 0)
        continue;
      auto n = ::recv(ends.at(i).fd, bytes.data(), bytes.size(), 0);
      if (n <= 0) {
        open = false;
        break;
      }
      std::string_view got{bytes.data(), static_cast<size_t>(n)};
      const auto what = i == 0 ? take_deed(got) : deed::pass;
      if (what == deed::hold)
        wait_while_held();
      open = what != deed::cut && !(i == 1 && cut_answer);
      cut_answer = cut_answer || what == deed::cut_answer;
      if (open)
        open = send_all(i == 0 ? server : client, got);
    }
  }
  ::close(client);
  ::close(server);
}

} // namespace carillon::test
