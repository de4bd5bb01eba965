#pragma once

#include <cstdint>
#include <initializer_list>
#include <string_view>

namespace carillon {

/// Key of `sip_hash`.
struct sip_key {
  uint64_t first = 0;
  uint64_t second = 0;

  /// 128 random bits. May throw what std::random_device throws.
  static sip_key random();
};

/// SipHash-1-3 (Aumasson, Bernstein) of the texts, each with its length: `{"a", "bc"}` and `{"ab",
/// "c"}` differ. Who does not know the key cannot choose texts that collide.
uint64_t sip_hash(const sip_key& key, std::initializer_list<std::string_view> texts) noexcept;

} // namespace carillon
