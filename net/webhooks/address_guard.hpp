#pragma once

#include "base/failure.hpp"
#include "messages/webhooks/client_options.hpp"

#include <sys/socket.h>

#include <array>
#include <cstddef>
#include <cstdint>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace carillon {

/// A range of addresses in CIDR notation; a bare address is a range of one.
struct address_block {
  /// An IPv4 address uses the first four bytes.
  std::array<uint8_t, 16> bytes{};
  /// Length of the prefix.
  size_t bits = 0;
  bool v6 = false;

  /// `10.0.0.0/8`, `fd00::/8`, `192.0.2.1`. Errors: `invalid_argument` for anything else, bits
  /// set behind the prefix included.
  static expected<address_block> parse(std::string_view text);

  /// Takes the 4 or 16 bytes of an address in network order.
  bool holds(std::span<const uint8_t> address) const noexcept;
};

/// Decides which addresses a webhook may call: public ones only. A subscriber chooses the URL, so
/// without this guard the node would open a way into its own network.
///
/// Rejects every block of the IANA special-purpose registries for IPv4 and IPv6, globally reachable
/// ones included, multicast, all of IPv6 outside of 2000::/3, the addresses of cloud metadata
/// services, and all forms that carry an IPv4 address (mapped, compatible, NAT64, 6to4, Teredo). An
/// entry of `allow` lifts that for the form it is written in; one for IPv4 also counts for the
/// mapped form, which reaches the same host.
///
/// Judge the address that is about to be connected to, never a name. Immutable; any thread.
class address_guard {
public:
  using v4_bytes = std::array<uint8_t, 4>;
  using v6_bytes = std::array<uint8_t, 16>;

  struct special_block {
    std::string_view cidr;
    std::string_view what;
  };

  /// Errors: `invalid_argument` names the entry that is not a CIDR.
  static expected<address_guard> make(const address_guard_options& options);

  /// Blocks that are rejected unless allowed.
  static std::span<const special_block> special_blocks() noexcept;

  /// False for families other than IPv4 and IPv6.
  bool permits(const sockaddr* address) const noexcept;

  /// Bytes in network order.
  bool permits(const v4_bytes& address) const noexcept;
  bool permits(const v6_bytes& address) const noexcept;

private:
  explicit address_guard(std::vector<address_block> allow);

  bool allows(std::span<const uint8_t> address) const noexcept;

  std::vector<address_block> allow_;
};

} // namespace carillon
