#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace carillon {

/// An estimate of how many different texts were added: HyperLogLog with 2^12 registers, and the
/// estimator of O. Ertl (2017). The standard error is 1.04 / √4096 = 1.6 %; few texts are counted
/// nearly exactly. The result does not depend on the order, nor on how often a text is added, and
/// two counts are merged without loss.
///
/// Memory: 4 bytes for each register in use up to 1,024 of them, then 4 KiB.
class distinct_count {
public:
  /// Adds a text, by the first 64 bits of its SHA-256: nobody chooses texts that fall together.
  /// Throws std::runtime_error if OpenSSL fails.
  void add(std::string_view text);

  /// Adds a uniform hash.
  void add_hash(uint64_t hash);
  /// Afterwards this one has seen what either has.
  void merge(const distinct_count& x);
  /// About how many different values there were.
  uint64_t estimate() const;

  bool empty() const noexcept {
    return sparse_.empty() && dense_.empty();
  }

  /// The same state as bytes: `s` and 3 bytes for each register in use, in their order; or `d` and
  /// a byte for each register. Empty for an empty count.
  std::string bytes() const;

  /// Inverse of `bytes`; empty for other bytes.
  static std::optional<distinct_count> from_bytes(std::string_view x);

private:
  static constexpr unsigned index_bits = 12;
  static constexpr size_t registers = size_t{1} << index_bits;
  static constexpr unsigned hash_bits = 64 - index_bits;
  /// Of a register: the longest run of leading zeros, and one; 0 = not in use.
  static constexpr unsigned most_rank = hash_bits + 1;
  static constexpr size_t most_sparse = 1'024;
  static constexpr unsigned rank_bits = 6;

  void raise(uint32_t index, uint32_t rank);
  void spread();

  /// `index << rank_bits | rank`, ascending. Unused when `dense_` is in use.
  std::vector<uint32_t> sparse_;
  /// A byte for each register, or empty.
  std::string dense_;
};

} // namespace carillon
