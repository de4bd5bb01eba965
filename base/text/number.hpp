#pragma once

#include <cstdint>
#include <optional>
#include <string_view>

namespace carillon {

/// Decimal digits only, without sign; empty for other text and beyond 64 bits.
std::optional<uint64_t> number_from(std::string_view text) noexcept;

} // namespace carillon
