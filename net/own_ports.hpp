#pragma once

#include "net/webhooks/address_guard.hpp"

#include <sys/socket.h>

#include <cstdint>
#include <mutex>
#include <vector>

namespace carillon {

/// The ports that this node listens on. A webhook never reaches them, whatever is allowed besides:
/// the node would call itself with what others wrote, and show them its answer. Own is each of
/// these ports at each address of this machine, the one that nobody listens on included. What is
/// forwarded to them from elsewhere looks like any other address. Any thread.
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
