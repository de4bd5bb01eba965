#pragma once

#include "net/webhooks/address_guard.hpp"

#include <sys/socket.h>

#include <cstdint>
#include <mutex>
#include <vector>

namespace carillon {

/// The ports that this node listens on. A webhook never reaches them, even if their address is
/// allowed: the node would call itself with untrusted input, and show its answer. This covers each
/// of these ports at each address of this machine, even if the port does not listen there. Ports
/// forwarded from elsewhere cannot be recognized. Any thread.
class own_ports {
public:
  void set(std::vector<uint16_t> ports);

  /// Port in host order, bytes of the address in network order.
  bool holds(const address_guard::v4_bytes& address, uint16_t port) const;
  bool holds(const address_guard::v6_bytes& address, uint16_t port) const;

  /// False for families other than IPv4 and IPv6.
  bool holds(const sockaddr* address) const;

private:
  bool has(uint16_t port) const;

  mutable std::mutex mutex_;
  std::vector<uint16_t> ports_;
};

} // namespace carillon
