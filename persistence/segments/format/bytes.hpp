#pragma once

#include <bit>
#include <cstdint>
#include <cstring>
#include <string_view>
#include <type_traits>

namespace carillon::segments {

// Integers of the files: the lowest byte first.

template <class T>
void put(char* at, T x) noexcept {
  static_assert(std::is_integral_v<T>);
  if constexpr (std::endian::native == std::endian::little) {
    std::memcpy(at, &x, sizeof x);
  } else {
    for (size_t i = 0; i < sizeof x; ++i)
      at[i] = static_cast<char>(static_cast<uint64_t>(x) >> (8 * i));
  }
}

template <class T>
T get(const char* at) noexcept {
  static_assert(std::is_integral_v<T>);
  if constexpr (std::endian::native == std::endian::little) {
    T x;
    std::memcpy(&x, at, sizeof x);
    return x;
  } else {
    uint64_t x = 0;
    for (size_t i = 0; i < sizeof(T); ++i)
      x |= uint64_t{static_cast<unsigned char>(at[i])} << (8 * i);
    return static_cast<T>(x);
  }
}

/// Bytes that a number takes in groups of seven bits, the lowest first (LEB128).
constexpr size_t varint_size(uint64_t x) noexcept {
  return (static_cast<size_t>(std::bit_width(x | 1U)) + 6) / 7;
}

/// Writes it; returns where it ends.
inline char* put_varint(char* at, uint64_t x) noexcept {
  for (; x >= 0x80; x >>= 7)
    *at++ = static_cast<char>(x | 0x80U);
  *at++ = static_cast<char>(x);
  return at;
}

/// Takes one from the beginning of `bytes`. False if there is none that fits in 64 bits.
inline bool take_varint(std::string_view& bytes, uint64_t& out) noexcept {
  uint64_t x = 0;
  for (size_t i = 0; i < bytes.size() && i < 10; ++i) {
    const auto byte = static_cast<unsigned char>(bytes[i]);
    if (i == 9 && byte > 1)
      return false;
    x |= uint64_t{byte & 0x7fU} << (7 * i);
    if (byte < 0x80) {
      out = x;
      bytes.remove_prefix(i + 1);
      return true;
    }
  }
  return false;
}

constexpr uint64_t aligned(uint64_t x, uint64_t to) noexcept {
  return (x + to - 1) / to * to;
}

} // namespace carillon::segments
