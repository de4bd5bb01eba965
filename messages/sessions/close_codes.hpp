#pragma once

#include <array>
#include <cstddef>
#include <cstdint>

namespace carillon {

/// Close codes with which sessions end; 0 = none: the client went away.
inline constexpr std::array<uint16_t, 13> session_close_codes{
  0, 1000, 1001, 1002, 1003, 1007, 1009, 1011, 1013, 4001, 4003, 4008, 4009};

/// Index in `session_close_codes`; that of 0 for any other code.
size_t session_close_slot(uint16_t code) noexcept;

} // namespace carillon
