#pragma once

#include <chrono>
#include <cstdint>
#include <functional>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

namespace carillon::test {

/// A received request.
struct received_request {
  /// Request line and fields, as received; without the empty line.
  std::string head;
  std::string body;
  /// `webhook-id`.
  std::string id;
  std::chrono::steady_clock::time_point at;
  std::chrono::system_clock::time_point wall_at;
  /// Status of the answer; 0 if there was none.
  int status = 0;

  /// Value of a field; empty if it is missing. `name` is lower case.
  std::string field(std::string_view name) const;
  bool accepted() const noexcept {
    return status >= 200 && status < 300;
  }
};

/// A receiver's reaction to a request: sends `bytes`, and then …
struct reply {
  enum class then { keep, close, reset, hang, drip, endless };

  std::string bytes;
  then after = then::keep;
  /// One byte of it a second, or all of it without end.
  std::string chunk;
  int status = 0;

  /// @param fields each with its line break, e.g. `Retry-After: 3\r\n`
  static reply answer(int status, std::string_view fields = {}, std::string_view body = {});
  /// Reads the request and never answers.
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
  /// Runs on the receiver's thread; `count` is 1 for the first request to this URL. Must not call
  /// the receiver.
  using behaviour = std::function<reply(const received_request&, size_t count)>;

  struct options {
    /// If false, recorded requests have no heads and bodies.
    bool keep_all = true;
    /// Requests recorded per URL; later ones are only counted.
    size_t max_noted = 1'000'000;
  };

  webhook_receiver();
  explicit webhook_receiver(options opts);
  ~webhook_receiver();

  webhook_receiver(const webhook_receiver&) = delete;
  webhook_receiver& operator=(const webhook_receiver&) = delete;

  /// Opens a receiver on a separate port; returns its URL. Without a behaviour it answers 204.
  std::string open(behaviour what = {});

  /// Opens another receiver at another path of the same port.
  std::string open_beside(const std::string& url, const std::string& path, behaviour what = {});

  /// A URL whose port is taken, but refuses connections.
  std::string refuse();

  /// From the next request on.
  void behave(const std::string& url, behaviour what);

  /// The received requests so far, in order.
  std::vector<received_request> received(const std::string& url) const;
  size_t count(const std::string& url) const;
  /// Connections accepted at its port.
  size_t connections(const std::string& url) const;
  /// Open connections of all ports. Once there are none, a killed client can send nothing more.
  size_t open_connections() const;

private:
  class impl;
  std::unique_ptr<impl> impl_;
};

} // namespace carillon::test
