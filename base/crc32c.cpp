#include "base/crc32c.hpp"

#include <array>
#include <bit>
#include <cstring>

#if defined(__x86_64__)
#include <nmmintrin.h>
#endif

namespace carillon {

namespace {

/// Eight bytes a step: `crc_tables[k][b]` is the checksum of the byte `b` with `k` zeros behind.
constexpr auto crc_tables = [] {
  std::array<std::array<uint32_t, 256>, 8> out{};
  for (uint32_t i = 0; i < 256; ++i) {
    uint32_t x = i;
    for (int bit = 0; bit < 8; ++bit)
      x = (x >> 1) ^ ((x & 1) != 0 ? 0x82f63b78U : 0U);
    out[0][i] = x;
  }
  for (size_t k = 1; k < 8; ++k)
    for (size_t i = 0; i < 256; ++i)
      out[k][i] = (out[k - 1][i] >> 8) ^ out[0][out[k - 1][i] & 0xffU];
  return out;
}();

#if defined(__x86_64__)

__attribute__((target("sse4.2"))) uint32_t by_instruction(std::string_view bytes,
                                                          uint32_t before) noexcept {
  uint64_t x = ~before;
  const char* at = bytes.data();
  size_t left = bytes.size();
  for (; left >= 8; left -= 8, at += 8) {
    uint64_t word;
    std::memcpy(&word, at, 8);
    x = _mm_crc32_u64(x, word);
  }
  auto y = static_cast<uint32_t>(x);
  for (; left > 0; --left, ++at)
    y = _mm_crc32_u8(y, static_cast<unsigned char>(*at));
  return ~y;
}

const bool has_instruction = __builtin_cpu_supports("sse4.2") != 0;

#endif

} // namespace

uint32_t crc32c_by_table(std::string_view bytes, uint32_t before) noexcept {
  const auto& t = crc_tables;
  uint32_t x = ~before;
  const char* at = bytes.data();
  size_t left = bytes.size();
  if constexpr (std::endian::native == std::endian::little) {
    for (; left >= 8; left -= 8, at += 8) {
      uint64_t word;
      std::memcpy(&word, at, 8);
      word ^= x;
      x = 0;
      for (size_t k = 0; k < 8; ++k)
        x ^= t[7 - k][(word >> (8 * k)) & 0xffU];
    }
  }
  for (; left > 0; --left, ++at)
    x = (x >> 8) ^ t[0][(x ^ static_cast<unsigned char>(*at)) & 0xffU];
  return ~x;
}

uint32_t crc32c(std::string_view bytes, uint32_t before) noexcept {
#if defined(__x86_64__)
  if (has_instruction)
    return by_instruction(bytes, before);
#endif
  return crc32c_by_table(bytes, before);
}

} // namespace carillon
