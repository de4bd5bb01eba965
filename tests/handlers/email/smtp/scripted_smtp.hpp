#pragma once

#include <netinet/in.h>
#include <sys/socket.h>
#include <unistd.h>

#include <cstdint>
#include <functional>
#include <mutex>
#include <string>
#include <thread>
#include <vector>

namespace carillon::test {

/// A mail server on 127.0.0.1 with a script for its answers. One connection at a time.
class scripted_smtp {
public:
  /// Answers a command, or the end of a mail (`.`), with whole reply lines.
  using script = std::function<std::string(const std::string& line)>;

  explicit scripted_smtp(script answer) : answer_(std::move(answer)) {
    listener_ = ::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    sockaddr_in at{};
    at.sin_family = AF_INET;
    at.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    ::bind(listener_, reinterpret_cast<sockaddr*>(&at), sizeof at);
    ::listen(listener_, 8);
    socklen_t size = sizeof at;
    ::getsockname(listener_, reinterpret_cast<sockaddr*>(&at), &size);
    port_ = ntohs(at.sin_port);
    thread_ = std::thread{[this] { run(); }};
  }

  ~scripted_smtp() {
    ::shutdown(listener_, SHUT_RDWR);
    thread_.join();
    ::close(listener_);
  }

  scripted_smtp(const scripted_smtp&) = delete;
  scripted_smtp& operator=(const scripted_smtp&) = delete;

  uint16_t port() const noexcept {
    return port_;
  }

  /// Commands received so far, without the content of mails.
  std::vector<std::string> lines() {
    std::lock_guard guard{mutex_};
    return lines_;
  }

private:
  void run() {
    for (int client = 0; (client = ::accept(listener_, nullptr, nullptr)) >= 0;) {
      serve(client);
      ::close(client);
    }
  }

  void serve(int client) {
    send(client, "220 here\r\n");
    std::string got;
    bool content = false;
    char buffer[4'096];
    for (ssize_t n = 0; (n = ::recv(client, buffer, sizeof buffer, 0)) > 0;) {
      got.append(buffer, static_cast<size_t>(n));
      for (size_t end = 0; (end = got.find("\r\n")) != std::string::npos;) {
        auto line = got.substr(0, end);
        got.erase(0, end + 2);
        if (content && line != ".")
          continue;
        content = false;
        {
          std::lock_guard guard{mutex_};
          lines_.push_back(line);
        }
        auto reply = answer_(line);
        content = reply.starts_with("354");
        send(client, reply);
        if (line == "QUIT")
          return;
      }
    }
  }

  static void send(int client, const std::string& text) {
    static_cast<void>(::send(client, text.data(), text.size(), MSG_NOSIGNAL));
  }

  script answer_;
  int listener_ = -1;
  uint16_t port_ = 0;
  std::mutex mutex_;
  std::vector<std::string> lines_;
  std::thread thread_;
};

} // namespace carillon::test
