#pragma once

#include <arpa/inet.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <sys/socket.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <chrono>
#include <map>
#include <stdexcept>
#include <string>
#include <string_view>
#include <utility>

namespace carillon::test {

/// One answer as received.
struct answer {
  int status = 0;
  /// Names in lower case.
  std::map<std::string, std::string> fields;
  std::string body;

  bool has(std::string_view text) const {
    return body.find(text) != std::string::npos;
  }

  std::string field(const std::string& name) const {
    auto found = fields.find(name);
    return found == fields.end() ? std::string{} : found->second;
  }
};

/// A blocking socket that sends any bytes of a test. Reads fail after 10 s.
class raw_client {
public:
  explicit raw_client(uint16_t port, int receive_buffer = 0)
    : socket_(::socket(AF_INET, SOCK_STREAM, 0)) {
    if (receive_buffer > 0)
      ::setsockopt(socket_, SOL_SOCKET, SO_RCVBUF, &receive_buffer, sizeof(receive_buffer));
    timeval limit{.tv_sec = 10, .tv_usec = 0};
    ::setsockopt(socket_, SOL_SOCKET, SO_RCVTIMEO, &limit, sizeof(limit));
    ::setsockopt(socket_, SOL_SOCKET, SO_SNDTIMEO, &limit, sizeof(limit));
    int on = 1;
    ::setsockopt(socket_, IPPROTO_TCP, TCP_NODELAY, &on, sizeof(on));
    sockaddr_in to{};
    to.sin_family = AF_INET;
    to.sin_port = htons(port);
    to.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    connected_ = ::connect(socket_, reinterpret_cast<sockaddr*>(&to), sizeof(to)) == 0;
  }

  raw_client(raw_client&& other) noexcept
    : socket_(std::exchange(other.socket_, -1)), connected_(other.connected_),
      in_(std::move(other.in_)) {
  }
  raw_client& operator=(raw_client&&) = delete;

  ~raw_client() {
    close();
  }

  bool connected() const noexcept {
    return connected_;
  }

  /// For waiting on several sockets.
  int handle() const noexcept {
    return socket_;
  }

  /// False if the server has gone.
  bool send(std::string_view bytes) {
    while (!bytes.empty()) {
      auto count = ::send(socket_, bytes.data(), bytes.size(), MSG_NOSIGNAL);
      if (count <= 0)
        return false;
      bytes.remove_prefix(static_cast<size_t>(count));
    }
    return true;
  }

  /// Sends as much as possible without waiting; -1 if the server has gone.
  ssize_t try_send(std::string_view bytes) {
    auto count = ::send(socket_, bytes.data(), bytes.size(), MSG_NOSIGNAL | MSG_DONTWAIT);
    return count < 0 && errno == EAGAIN ? 0 : count;
  }

  /// Closes the sending side only.
  void end_sending() {
    ::shutdown(socket_, SHUT_WR);
  }

  void close() {
    if (socket_ >= 0)
      ::close(std::exchange(socket_, -1));
  }

  /// Closes with a reset.
  void abort() {
    linger now{.l_onoff = 1, .l_linger = 0};
    ::setsockopt(socket_, SOL_SOCKET, SO_LINGER, &now, sizeof(now));
    close();
  }

  /// True if something arrived that was not read yet; does not wait.
  bool has_input() {
    char c = 0;
    return !in_.empty() || ::recv(socket_, &c, 1, MSG_PEEK | MSG_DONTWAIT) > 0;
  }

  /// Reads one answer; status 0 if the connection ended or nothing came.
  answer read() {
    answer out;
    auto end = in_.find("\r\n\r\n");
    for (; end == std::string::npos; end = in_.find("\r\n\r\n"))
      if (!more())
        return out;
    parse_head(out, in_.substr(0, end + 2));
    in_.erase(0, end + 4);
    size_t size = 0;
    if (auto length = out.field("content-length"); !length.empty() && !head_only)
      size = std::stoul(length);
    while (in_.size() < size)
      if (!more())
        return {};
    out.body = in_.substr(0, size);
    in_.erase(0, size);
    return out;
  }

  /// True if the server closes without sending anything more.
  bool closed() {
    return in_.empty() && !more() && !timed_out_;
  }

  /// So many bytes; fewer if the connection ended or nothing came.
  std::string take(size_t count) {
    while (in_.size() < count)
      if (!more())
        break;
    auto out = in_.substr(0, count);
    in_.erase(0, out.size());
    return out;
  }

  /// Everything up to the end of the connection.
  std::string read_all() {
    while (more()) {
    }
    return std::exchange(in_, {});
  }

  bool timed_out() const noexcept {
    return timed_out_;
  }

  /// The next answers are to HEAD.
  bool head_only = false;

private:
  bool more() {
    std::array<char, 65'536> chunk;
    auto count = ::recv(socket_, chunk.data(), chunk.size(), 0);
    timed_out_ = count < 0 && (errno == EAGAIN || errno == EWOULDBLOCK);
    if (count <= 0)
      return false;
    in_.append(chunk.data(), static_cast<size_t>(count));
    return true;
  }

  static void parse_head(answer& out, const std::string& head) {
    if (!head.starts_with("HTTP/1.1 "))
      throw std::runtime_error("not an HTTP answer: " + head.substr(0, 80));
    out.status = std::stoi(head.substr(9, 3));
    for (auto at = head.find("\r\n") + 2; at < head.size();) {
      auto end = head.find("\r\n", at);
      auto colon = head.find(": ", at);
      auto name = head.substr(at, colon - at);
      std::transform(name.begin(), name.end(), name.begin(),
                     [](char c) { return static_cast<char>(std::tolower(c)); });
      out.fields[name] = head.substr(colon + 2, end - colon - 2);
      at = end + 2;
    }
  }

  int socket_;
  bool connected_ = false;
  bool timed_out_ = false;
  std::string in_;
};

} // namespace carillon::test
