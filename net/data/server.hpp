#pragma once

#include "net/data/event_loop.hpp"

#include <chrono>
#include <memory>
#include <mutex>
#include <vector>

namespace carillon::data {

class listener;

/// The loops and the listening socket of a port, which serve its `port_state`. Thread-safe.
class server {
public:
  explicit server(std::shared_ptr<port_state> state);
  server(const server&) = delete;
  server& operator=(const server&) = delete;
  /// Stops at once, unless stopped before.
  ~server();

  /// Binds, listens and serves. Errors as for `data_port::start`.
  expected<void> open();

  uint16_t port() const noexcept;

  /// Closes the listening socket; answers say `Connection: close` from now on.
  void stop_accepting();

  /// Waits until every request has its answer, at most for the grace; idle connections are closed
  /// at once. Then ends the threads.
  void stop(std::chrono::milliseconds grace);

private:
  void close_listener();

  std::shared_ptr<port_state> state_;
  std::vector<std::shared_ptr<event_loop>> loops_;
  /// Destroyed before the loops end.
  std::unique_ptr<listener> listener_;
  /// Guards the life cycle, not the traffic.
  std::mutex change_;
  bool running_ = false;
  bool accepting_ = true;
};

} // namespace carillon::data
