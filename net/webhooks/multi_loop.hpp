#pragma once

#include "base/file/descriptor.hpp"

#include <curl/curl.h>

#include <chrono>
#include <functional>
#include <memory>
#include <optional>

namespace carillon::http {

/// libcurl's multi handle on epoll: the cost of a turn depends on what happens in it, not on how
/// many transfers are under way. All but wake() on one thread.
class multi_loop {
public:
  using finished_callback = std::function<void(CURL*, CURLcode)>;

  /// Keeps at most this many connections open, including idle ones.
  explicit multi_loop(long max_connections);
  ~multi_loop();

  multi_loop(const multi_loop&) = delete;
  multi_loop& operator=(const multi_loop&) = delete;

  /// False if the system refused a resource; then nothing else may be called.
  bool ready() const noexcept;

  bool add(CURL* easy);
  void remove(CURL* easy);

  /// Ends the wait of the current or the next turn. Any thread.
  void wake() noexcept;

  /// Waits at most this long for work, does it, and passes ended transfers to the callback, already
  /// removed. The callback may call add().
  void turn(std::chrono::milliseconds most, const finished_callback& finished);

private:
  using steady_clock = std::chrono::steady_clock;

  struct multi_deleter {
    void operator()(CURLM* x) const noexcept {
      curl_multi_cleanup(x);
    }
  };

  static int on_socket(CURL* easy, curl_socket_t socket, int what, void* self, void* known);
  static int on_timer(CURLM* multi, long timeout_ms, void* self);

  void watch(int socket, int what) noexcept;
  int wait_ms(std::chrono::milliseconds most) const noexcept;
  void act(int socket, int events);

  descriptor epoll_;
  descriptor wake_;
  std::unique_ptr<CURLM, multi_deleter> multi_;
  /// When libcurl must be called.
  std::optional<steady_clock::time_point> due_;
};

} // namespace carillon::http
