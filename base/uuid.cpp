#include "base/uuid.hpp"

#include <array>
#include <random>

namespace carillon {

namespace {

/// State that makes ids of one thread unique and ascending.
struct generator {
  std::mt19937_64 random{[] {
    std::random_device seed;
    std::seed_seq mixed{seed(), seed(), seed(), seed(), seed(), seed(), seed(), seed()};
    return std::mt19937_64{mixed};
  }()};
  int64_t last_ms = 0;
  /// Counts the ids of one millisecond, from a random start (RFC 9562 section 6.2, method 1).
  uint32_t counter = 0;
};

} // namespace

std::string make_uuid_v7(timestamp now) {
  thread_local generator gen;
  auto ms = to_micros(now) / 1'000;
  if (ms > gen.last_ms) {
    gen.last_ms = ms;
    gen.counter = static_cast<uint32_t>(gen.random() & 0xffff);
  } else if (++gen.counter >= (1U << 18)) {
    // More than the counter holds: borrow from the next millisecond.
    ++gen.last_ms;
    gen.counter = 0;
  }
  auto time = static_cast<uint64_t>(gen.last_ms);
  auto tail = gen.random();
  // 48 bits time, version 7, 12 + 6 bits counter, variant 10, 56 bits random.
  uint64_t high = (time << 16) | 0x7000 | ((gen.counter >> 6) & 0xfff);
  uint64_t low
    = (uint64_t{2} << 62) | (uint64_t{gen.counter & 0x3f} << 56) | (tail & 0x00ff'ffff'ffff'ffff);
  static constexpr std::string_view hex = "0123456789abcdef";
  std::array<char, 36> out{};
  size_t at = 0;
  for (int i = 0; i < 32; ++i) {
    if (i == 8 || i == 12 || i == 16 || i == 20)
      out[at++] = '-';
    auto word = i < 16 ? high : low;
    out[at++] = hex[(word >> (60 - 4 * (i % 16))) & 0xf];
  }
  return {out.data(), out.size()};
}

} // namespace carillon
