#include "bench/session_client.hpp"

#include "bench/support.hpp"

#include <arpa/inet.h>
#include <netinet/tcp.h>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstring>

namespace carillon::bench {

namespace {

constexpr uint8_t text_opcode = 0x1;
constexpr uint8_t close_opcode = 0x8;
constexpr uint64_t publisher_mark = ~uint64_t{0};
constexpr size_t read_bytes = 256UL * 1024;
/// Distinguishes `{"op":"event"` from all other messages, except `error`, which ends the program.
constexpr std::string_view event_begin = R"({"op":"ev)";
constexpr std::string_view position_begin = R"({"op":"po)";
constexpr std::string_view error_begin = R"({"op":"er)";

std::string upgrade_request(const std::string& target) {
  return "GET " + target
         + " HTTP/1.1\r\nHost: localhost\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n"
           "Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\nSec-WebSocket-Version: 13\r\n\r\n";
}

void watch(int epoll, int fd, uint64_t mark, uint32_t events, int how) {
  epoll_event x{};
  x.events = events;
  x.data.u64 = mark;
  if (::epoll_ctl(epoll, how, fd, &x) != 0)
    fail("epoll_ctl");
}

void send_all(int fd, std::string_view bytes) {
  if (::send(fd, bytes.data(), bytes.size(), MSG_NOSIGNAL) != static_cast<ssize_t>(bytes.size()))
    fail("a few bytes could not be sent");
}

/// Closes with a reset, so that the port is free again at once.
void abort_connection(int fd) {
  linger now{.l_onoff = 1, .l_linger = 0};
  ::setsockopt(fd, SOL_SOCKET, SO_LINGER, &now, sizeof(now));
  ::close(fd);
}

} // namespace

std::string masked_frame(std::string_view text) {
  constexpr std::string_view mask = "\x37\xfa\x21\x3d";
  std::string out{static_cast<char>(0x80 | text_opcode)};
  if (text.size() < 126) {
    out += static_cast<char>(0x80 | text.size());
  } else {
    if (text.size() > 0xffff)
      fail("a message is too large");
    out += static_cast<char>(0x80 | 126);
    out += static_cast<char>(text.size() >> 8);
    out += static_cast<char>(text.size() & 0xff);
  }
  out += mask;
  for (size_t i = 0; i < text.size(); ++i)
    out += static_cast<char>(text[i] ^ mask[i % 4]);
  return out;
}

session_crowd::session_crowd(crowd_options options)
  : options_(std::move(options)), epoll_(::epoll_create1(EPOLL_CLOEXEC)),
    sessions_(options_.sessions), buffer_(head_bytes + read_bytes) {
}

session_crowd::~session_crowd() {
  for (const auto& x : sessions_)
    if (x.fd >= 0)
      abort_connection(x.fd);
  if (publisher_ >= 0)
    abort_connection(publisher_);
  ::close(epoll_);
}

int session_crowd::connect_one(bool blocking) const {
  int fd = ::socket(AF_INET, SOCK_STREAM | (blocking ? 0 : SOCK_NONBLOCK), 0);
  if (fd < 0)
    fail(std::string{"socket: "} + std::strerror(errno));
  sockaddr_in to{};
  to.sin_family = AF_INET;
  to.sin_port = htons(options_.port);
  to.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  if (::connect(fd, reinterpret_cast<sockaddr*>(&to), sizeof to) != 0 && errno != EINPROGRESS)
    fail(std::string{"connect: "} + std::strerror(errno));
  int on = 1;
  ::setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);
  return fd;
}

// -- sessions -----------------------------------------------------------------

void session_crowd::open() {
  open_publisher();
  open_more();
}

void session_crowd::open_more() {
  for (; begun_ < sessions_.size() && begun_ - opened_ < options_.opening; ++begun_) {
    auto& x = sessions_[begun_];
    x.fd = connect_one(false);
    x.at = phase::connecting;
    watch(epoll_, x.fd, begun_, EPOLLOUT, EPOLL_CTL_ADD);
  }
}

void session_crowd::now_open(session& x) {
  x.at = phase::open;
  ++opened_;
  open_more();
}

void session_crowd::say(size_t index, std::string_view text) {
  send_all(sessions_.at(index).fd, masked_frame(text));
}

void session_crowd::serve(size_t index, uint32_t ready) {
  auto& x = sessions_[index];
  if (x.at != phase::connecting)
    return read(index);
  if ((ready & (EPOLLERR | EPOLLHUP)) != 0)
    fail("a connection was refused");
  send_all(x.fd, upgrade_request(options_.target));
  x.at = phase::upgrading;
  watch(epoll_, x.fd, index, EPOLLIN, EPOLL_CTL_MOD);
}

void session_crowd::read(size_t index) {
  auto& x = sessions_[index];
  // Held bytes of a frame precede the new bytes.
  auto held = size_t{x.held_bytes};
  std::memcpy(buffer_.data(), x.held.data(), held);
  x.held_bytes = 0;
  auto got = ::recv(x.fd, buffer_.data() + held, read_bytes, 0);
  if (got < 0 && errno == EAGAIN)
    got = 0;
  else if (got <= 0)
    fail("session " + std::to_string(index) + " was closed after " + std::to_string(x.events)
         + " events");
  std::string_view bytes{buffer_.data(), held + static_cast<size_t>(got)};
  if (x.at == phase::upgrading)
    bytes.remove_prefix(read_answer(x, bytes));
  auto before = x.events;
  read_frames(index, bytes);
  if (x.events != before)
    on_events(index, before, x.events);
}

size_t session_crowd::read_answer(session& x, std::string_view bytes) {
  auto end = bytes.find("\r\n\r\n");
  // The answers are small, and arrive in one piece.
  if (end == std::string_view::npos || !bytes.starts_with("HTTP/1.1 101"))
    fail("a handshake was answered " + std::string{bytes.substr(0, 200)});
  if (options_.greeted)
    x.at = phase::greeting;
  else
    now_open(x);
  return end + 4;
}

void session_crowd::read_frames(size_t index, std::string_view bytes) {
  auto& x = sessions_[index];
  for (;;) {
    auto step = std::min<uint64_t>(x.payload, bytes.size());
    bytes.remove_prefix(step);
    x.payload -= step;
    if (x.payload > 0)
      return;
    end_frame(x);
    if (bytes.empty())
      return;
    auto taken = begin_frame(index, bytes);
    if (taken == 0) {
      std::memcpy(x.held.data(), bytes.data(), bytes.size());
      x.held_bytes = static_cast<uint8_t>(bytes.size());
      return;
    }
    bytes.remove_prefix(taken);
  }
}

/// Bytes of the header; 0 if the frame is still too short.
size_t session_crowd::begin_frame(size_t index, std::string_view bytes) {
  auto byte = [&](size_t i) { return static_cast<uint8_t>(bytes[i]); };
  if (bytes.size() < 2)
    return 0;
  size_t header = 2;
  uint64_t size = byte(1);
  if (size >= 126) {
    header = size == 126 ? 4 : 10;
    if (bytes.size() < header)
      return 0;
    size = 0;
    for (size_t i = 2; i < header; ++i)
      size = size << 8 | byte(i);
  }
  if (bytes.size() < header + std::min<uint64_t>(size, event_begin.size()))
    return 0;
  auto& x = sessions_[index];
  x.payload = size;
  auto opcode = byte(0) & 0xf;
  if (opcode == close_opcode)
    fail("session " + std::to_string(index) + " was told to close");
  if (opcode != text_opcode)
    return header;
  auto payload = bytes.substr(header);
  x.is_event = payload.starts_with(event_begin);
  if (x.is_event && index == 0 && sample_.empty())
    sample_ = payload.substr(0, size);
  if (payload.starts_with(error_begin))
    fail("the server said " + std::string{payload.substr(0, 200)});
  if (payload.starts_with(position_begin))
    on_position(index);
  if (x.at == phase::greeting)
    now_open(x);
  return header;
}

void session_crowd::end_frame(session& x) {
  if (x.is_event)
    ++x.events;
  x.is_event = false;
}

// -- the publisher --------------------------------------------------------------

void session_crowd::open_publisher() {
  publisher_ = connect_one(true);
  if (options_.by == publishing::websocket) {
    send_all(publisher_, upgrade_request("/publish"));
    std::string answer;
    while (answer.find("\r\n\r\n") == std::string::npos) {
      char c = 0;
      if (::recv(publisher_, &c, 1, 0) != 1)
        fail("the publisher's handshake was not answered");
      answer += c;
    }
  }
  watch(epoll_, publisher_, publisher_mark, EPOLLIN, EPOLL_CTL_ADD);
}

void session_crowd::publish(std::string_view what) {
  if (options_.by == publishing::http) {
    out_ += "POST /api/events HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/json\r\n"
            "Content-Length: "
            + std::to_string(what.size()) + "\r\n\r\n";
    out_ += what;
  } else {
    out_ += what;
  }
  write_publisher();
}

void session_crowd::write_publisher() {
  while (written_ < out_.size()) {
    auto count = ::send(publisher_, out_.data() + written_, out_.size() - written_,
                        MSG_NOSIGNAL | MSG_DONTWAIT);
    if (count < 0 && errno == EAGAIN) {
      watch(epoll_, publisher_, publisher_mark, EPOLLIN | EPOLLOUT, EPOLL_CTL_MOD);
      return;
    }
    if (count < 0)
      fail("the publisher was cut off");
    written_ += static_cast<size_t>(count);
  }
  out_.clear();
  written_ = 0;
  watch(epoll_, publisher_, publisher_mark, EPOLLIN, EPOLL_CTL_MOD);
}

void session_crowd::read_publisher() {
  auto got = ::recv(publisher_, buffer_.data(), buffer_.size(), MSG_DONTWAIT);
  if (got < 0 && errno == EAGAIN)
    return;
  if (got <= 0)
    fail("the publisher was cut off");
  if (options_.by == publishing::websocket)
    return;
  in_.append(buffer_.data(), static_cast<size_t>(got));
  for (;;) {
    auto head = in_.find("\r\n\r\n");
    if (head == std::string::npos)
      return;
    constexpr std::string_view field = "Content-Length: ";
    auto at = in_.find(field);
    if (!in_.starts_with("HTTP/1.1 200") || at > head)
      fail("publishing was answered " + in_.substr(0, 400));
    auto end = head + 4 + std::stoul(in_.substr(at + field.size(), 12));
    if (in_.size() < end)
      return;
    if (std::string_view{in_}.substr(0, end).find(R"("code")") != std::string_view::npos)
      fail("an event was refused: " + in_.substr(head, 400));
    in_.erase(0, end);
    ++answered_;
  }
}

// -- the loop -------------------------------------------------------------------

bool session_crowd::run(const std::function<bool()>& done, double seconds) {
  constexpr size_t at_once = 512;
  std::array<epoll_event, at_once> ready{};
  auto end = clock::now()
             + std::chrono::duration_cast<clock::duration>(std::chrono::duration<double>(seconds));
  while (!done()) {
    auto left = std::chrono::duration_cast<std::chrono::milliseconds>(end - clock::now()).count();
    if (left < 0)
      return false;
    // `done` may depend on the time, too.
    auto count = ::epoll_wait(epoll_, ready.data(), at_once, static_cast<int>(std::min(left, 1L)));
    for (int i = 0; i < count; ++i) {
      const auto& x = ready[static_cast<size_t>(i)];
      if (x.data.u64 != publisher_mark) {
        serve(x.data.u64, x.events);
        continue;
      }
      if ((x.events & EPOLLOUT) != 0)
        write_publisher();
      if ((x.events & ~EPOLLOUT) != 0)
        read_publisher();
    }
  }
  return true;
}

} // namespace carillon::bench
