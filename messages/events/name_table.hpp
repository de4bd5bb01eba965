#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace carillon {

/// Names with a number each, to be looked up by names that others choose. Most of these are in no
/// table, which is seen without a comparison. Who knows this code can choose names that collide;
/// the bounds on paths limit what that costs. One writer; then any thread.
class name_table {
public:
  bool empty() const noexcept {
    return size_ == 0;
  }

  /// The number of a name; null if it is not there.
  const size_t* find(std::string_view name) const noexcept {
    return (lengths_ >> (name.size() % 64) & 1U) == 0 ? nullptr : look_up(name);
  }

  /// Adds a name that is not there.
  void add(std::string name, size_t number);

private:
  struct slot {
    /// 0 = free.
    uint64_t hash = 0;
    size_t number = 0;
    std::string name;
  };

  const size_t* look_up(std::string_view name) const noexcept;
  slot& place_for(uint64_t hash);
  void put(slot x);

  /// The word with the bit of a hash.
  uint64_t& word_of(uint64_t hash) noexcept {
    return hashes_[hash >> 20U & (hashes_.size() - 1)];
  }

  const uint64_t& word_of(uint64_t hash) const noexcept {
    return hashes_[hash >> 20U & (hashes_.size() - 1)];
  }

  void grow();

  /// A power of two, of which at most half is taken.
  std::vector<slot> slots_;
  size_t size_ = 0;
  /// Whether a name of this length, modulo 64, is there.
  uint64_t lengths_ = 0;
  /// 16 bits for each name. Most names that are not there end here, at a branch that is predicted
  /// well.
  std::vector<uint64_t> hashes_;
};

} // namespace carillon
