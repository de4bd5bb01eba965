#pragma once

#include <cstdint>
#include <string_view>

namespace carillon {

/// CRC-32C (Castagnoli, RFC 3720 appendix B.4) of `bytes`, or of what `before` is the checksum of
/// and `bytes` behind it. By the processor's instruction where it has one: some 8 GB/s; else by a
/// table.
uint32_t crc32c(std::string_view bytes, uint32_t before = 0) noexcept;

/// The same by the table, on every processor.
uint32_t crc32c_by_table(std::string_view bytes, uint32_t before = 0) noexcept;

} // namespace carillon
