#pragma once

#include <atomic>
#include <cstdint>
#include <functional>
#include <string>
#include <string_view>
#include <thread>
#include <unordered_map>
#include <vector>

namespace carillon::bench {

/// Receivers of webhooks on free ports of loopback: answer every POST with 204 at once, all on one
/// thread. They implement only the part of HTTP/1.1 that libcurl uses.
class sink {
public:
  /// @param seen called for each request, on the sink's thread: header fields and body
  sink(size_t ports, std::function<void(std::string_view head, std::string_view body)> seen);
  ~sink();

  sink(const sink&) = delete;
  sink& operator=(const sink&) = delete;

  /// `http://127.0.0.1:PORT` of one of them; numbers beyond their count wrap around.
  std::string url(size_t i) const {
    return "http://127.0.0.1:" + std::to_string(listeners_.at(i % listeners_.size()).port);
  }

private:
  struct listener {
    int fd = -1;
    uint16_t port = 0;
  };

  static listener listen();
  void run();
  bool accept_from(int fd);
  /// False if the connection is to be closed.
  bool read_from(int fd);
  bool answer(int fd, std::string& in);

  std::function<void(std::string_view, std::string_view)> seen_;
  std::vector<listener> listeners_;
  int epoll_ = -1;
  int wake_ = -1;
  std::unordered_map<int, std::string> connections_;
  std::thread thread_;
};

} // namespace carillon::bench
