#pragma once

#include <array>
#include <cstdint>
#include <string_view>

namespace carillon {

/// What became of a request of a provider; the names are values of the label `outcome` of
/// `carillon_inbound_requests_total`.
enum class inbound_outcome : uint8_t {
  /// It is an event now.
  accepted,
  /// It was one already.
  duplicate,
  /// It asked whether the path is ours.
  challenge,
  /// Its signature, secret or time was wrong or missing.
  unverified,
  /// It was genuine, and could not be made an event.
  refused,
  /// The node could not store it now; the provider sends it again.
  unavailable,
};

/// By the values of `inbound_outcome`.
inline constexpr std::array<std::string_view, 6> inbound_outcomes{
  "accepted", "duplicate", "challenge", "unverified", "refused", "unavailable"};

} // namespace carillon
