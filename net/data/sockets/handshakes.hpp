#pragma once

#include "messages/bounds.hpp"
#include "net/data/loop_tenant.hpp"
#include "net/data/sockets/address_counts.hpp"
#include "net/data/sockets/wire.hpp"

#include <chrono>
#include <functional>
#include <list>
#include <memory>

namespace carillon::data {

/// The connections of a loop whose TLS handshake is not done. Each has a deadline, and addresses
/// share how many there may be, so that clients which do not go on leave room for others. Lives on
/// its loop's thread.
class handshakes {
public:
  struct hooks {
    /// The handshake is done.
    std::function<void(wire, address_counts::seat)> done;
    /// The connection has ended without one.
    std::function<void()> failed;
  };

  /// @param bound of all loops of the port, by address
  handshakes(bound_ptr bound, std::chrono::milliseconds deadline, hooks to);
  handshakes(const handshakes&) = delete;
  handshakes& operator=(const handshakes&) = delete;
  ~handshakes();

  /// Begins one. The connection ends if there are too many.
  void begin(tcp::socket socket, tls_context_ptr context, address_counts::seat seat);

  /// Enforces the deadline.
  void sweep(steady_time now);

  /// Ends them all.
  void close();

private:
  struct handshake;
  using place = std::list<std::shared_ptr<handshake>>::iterator;

  void step(const std::shared_ptr<handshake>& x);
  void wait(const std::shared_ptr<handshake>& x, tcp::socket::wait_type what);
  void end(const std::shared_ptr<handshake>& x);

  bound_ptr bound_;
  std::chrono::milliseconds deadline_;
  hooks hooks_;
  /// In the order of their begin.
  std::list<std::shared_ptr<handshake>> all_;
};

} // namespace carillon::data
