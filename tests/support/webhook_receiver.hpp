#pragma once

#include <chrono>
#include <cstdint>
#include <functional>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

namespace carillon::test {

/// A request that came in.
struct received_request {
  /// Request line and fields, as they came; without the empty line.
  std::string head;
  std::string body;
  /// `webhook-id`.
  std::string id;
  std::chrono::steady_clock::time_point at;
  std::chrono::system_clock::time_point wall_at;
  /// Of the answer; 0 if there was none.
  int status = 0;

  /// Value of a field; empty if it is not there. `name` is lower case.
  std::string field(std::string_view name) const;
  bool accepted() const noexcept {
    return status >= 200 && status < 300;
  }
};

/// What a receiver does with a request: sends `bytes`, and then …
struct reply {
  enum class then { keep, close, reset, hang, drip, endless };

  std::string bytes;
  then after = then::keep;
  /// One byte of it a second, or all of it without end.
  std::string chunk;
  int status = 0;

  /// @param fields each with its line break, e.g. `Retry-After: 3\r\n`
  static reply answer(int status, std::string_view fields = {}, std::string_view body = {});
  /// Takes the request and never answers.
  static reply hang();
  /// Answers 200 with a body of a byte a second.
  static reply drip();
  /// Answers 200 with a body that does not end.
  static reply endless();
  /// Breaks the connection.
  static reply reset();
  /// Sends these bytes, then closes.
  static reply raw(std::string bytes);
};

/// Receivers of webhooks on ports of loopback, all on one thread: HTTP/1.1 with keep-alive, as far
/// as libcurl speaks it. Each is named by its URL. The methods are thread-safe.
class webhook_receiver {
public:
  /// Runs on the receiver's thread; `count` is 1 for the first request to this URL. May not call
  /// the receiver.
  using behaviour = std::function<reply(const received_request&, size_t count)>;

  struct options {
    /// Else heads and bodies are left out of what is noted.
    bool keep_all = true;
    /// Requests noted per URL; later ones are only counted.
    size_t max_noted = 1'000'000;
  };

  webhook_receiver();
  explicit webhook_receiver(options opts);
  ~webhook_receiver();

  webhook_receiver(const webhook_receiver&) = delete;
  webhook_receiver& operator=(const webhook_receiver&) = delete;

  /// Opens a receiver on a port of its own; answers its URL. Without a behaviour it answers 204.
  std::string open(behaviour what = {});

  /// One more at another path of the same port.
  std::string open_beside(const std::string& url, const std::string& path, behaviour what = {});

  /// A URL whose port is taken, but refuses connections.
  std::string refuse();

  /// From the next request on.
  void behave(const std::string& url, behaviour what);

  /// What came in so far, in its order.
  std::vector<received_request> received(const std::string& url) const;
  size_t count(const std::string& url) const;
  /// Connections that were accepted at its port.
  size_t connections(const std::string& url) const;
  /// Connections of all ports that have not ended: whoever made them and was killed has sent
  /// everything that it ever will once there are none.
  size_t open_connections() const;

private:
  class impl;
  std::unique_ptr<impl> impl_;
};

} // namespace carillon::test
