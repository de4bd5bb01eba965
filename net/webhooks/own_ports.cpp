#include "net/webhooks/own_ports.hpp"

#include <arpa/inet.h>
#include <ifaddrs.h>
#include <netinet/in.h>

#include <algorithm>
#include <cstring>
#include <memory>
#include <utility>

namespace carillon {

namespace {

using v4_bytes = address_guard::v4_bytes;
using v6_bytes = address_guard::v6_bytes;

struct interfaces_deleter {
  void operator()(ifaddrs* x) const noexcept {
    ::freeifaddrs(x);
  }
};

v4_bytes bytes_of(const sockaddr_in& x) {
  v4_bytes out{};
  std::memcpy(out.data(), &x.sin_addr, out.size());
  return out;
}

v6_bytes bytes_of(const sockaddr_in6& x) {
  v6_bytes out{};
  std::memcpy(out.data(), &x.sin6_addr, out.size());
  return out;
}

/// True for the address of an interface. Also true if the system does not list them.
template <class Address, class Bytes>
bool is_of_interface(const Bytes& address, int family) {
  ifaddrs* first = nullptr;
  if (::getifaddrs(&first) != 0)
    return true;
  const std::unique_ptr<ifaddrs, interfaces_deleter> all{first};
  for (const auto* x = first; x != nullptr; x = x->ifa_next) {
    if (x->ifa_addr == nullptr || x->ifa_addr->sa_family != family)
      continue;
    Address own{};
    std::memcpy(&own, x->ifa_addr, sizeof(own));
    if (bytes_of(own) == address)
      return true;
  }
  return false;
}

} // namespace

void own_ports::set(std::vector<uint16_t> ports) {
  std::lock_guard lock{mutex_};
  ports_ = std::move(ports);
}

bool own_ports::has(uint16_t port) const {
  std::lock_guard lock{mutex_};
  return std::find(ports_.begin(), ports_.end(), port) != ports_.end();
}

bool own_ports::holds(const v4_bytes& address, uint16_t port) const {
  if (!has(port))
    return false;
  // All of 127.0.0.0/8 is this machine; connecting to 0.0.0.0 reaches it as well.
  return address[0] == 127 || address[0] == 0 || is_of_interface<sockaddr_in>(address, AF_INET);
}

bool own_ports::holds(const v6_bytes& address, uint16_t port) const {
  if (!has(port))
    return false;
  constexpr v6_bytes loopback{0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 1};
  constexpr std::array<uint8_t, 12> mapped{0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0xff, 0xff};
  if (std::equal(mapped.begin(), mapped.end(), address.begin())) {
    v4_bytes inner{};
    std::copy_n(address.begin() + mapped.size(), inner.size(), inner.begin());
    return holds(inner, port);
  }
  return address == loopback || address == v6_bytes{}
         || is_of_interface<sockaddr_in6>(address, AF_INET6);
}

bool own_ports::holds(const sockaddr* address) const {
  if (address != nullptr && address->sa_family == AF_INET) {
    sockaddr_in in{};
    std::memcpy(&in, address, sizeof(in));
    return holds(bytes_of(in), ntohs(in.sin_port));
  }
  if (address != nullptr && address->sa_family == AF_INET6) {
    sockaddr_in6 in{};
    std::memcpy(&in, address, sizeof(in));
    return holds(bytes_of(in), ntohs(in.sin6_port));
  }
  return false;
}

} // namespace carillon
