#pragma once

#include "net/data/event_loop.hpp"

#include <boost/asio/steady_timer.hpp>

#include <memory>
#include <vector>

namespace carillon::data {

/// Accepts connections on the first loop and distributes them to all in turn. A broken listening
/// socket is reopened on the same port.
class listener {
public:
  /// @param loops at least one; they outlive the listener's work
  listener(std::shared_ptr<port_state> state, std::vector<std::shared_ptr<event_loop>> loops);

  /// Binds and listens. Errors: `invalid_argument`, `conflict`, `internal`.
  expected<void> open();

  /// Begins to accept; before the loops start, or on the first loop.
  void accept();

  /// On the first loop only.
  void close();

  uint16_t port() const noexcept {
    return port_;
  }

private:
  expected<void> open(uint16_t port);
  void on_accept(const boost::system::error_code& error, tcp::socket socket);
  void take(tcp::socket socket);
  bool listens();

  std::shared_ptr<port_state> state_;
  std::vector<std::shared_ptr<event_loop>> loops_;
  tcp::acceptor acceptor_;
  boost::asio::steady_timer pause_;
  size_t next_ = 0;
  uint16_t port_ = 0;
  bool closed_ = false;
};

/// Sends the reason before it closes, without waiting for the client to read it.
void reject(tcp::socket socket, const failure& why);

} // namespace carillon::data
