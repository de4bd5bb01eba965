#pragma once

#include "base/crypto/sha256.hpp"

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace carillon {

// The Merkle tree of RFC 9162, section 2.1, with SHA-256. The subtree (`level`, `number`) is the
// complete one over the leaves from `number << level` to before `(number + 1) << level`, counted
// from 0; level 0 is the leaves.

using tree_hash = sha256_digest;

/// SHA-256(0x00 ‖ leaf).
tree_hash leaf_hash(std::string_view leaf) noexcept;

/// SHA-256(0x01 ‖ left ‖ right).
tree_hash node_hash(const tree_hash& left, const tree_hash& right) noexcept;

/// The root of a tree without leaves: the digest of nothing.
tree_hash empty_tree_hash() noexcept;

/// From 32 bytes; empty for another length.
std::optional<tree_hash> tree_hash_from(std::string_view bytes) noexcept;

/// A tree that grows at its end. It keeps the roots of at most 64 complete subtrees, one for each
/// set bit of its size. One thread.
class tree_frontier {
public:
  tree_frontier() = default;

  /// @param bytes what `bytes` returned for a tree of this size; empty for another length
  static std::optional<tree_frontier> from(uint64_t size, std::string_view bytes);

  uint64_t size() const noexcept {
    return size_;
  }

  /// Adds a leaf; an addition takes two hashes on average.
  /// @param completed called with level, number and hash of each subtree that it completes, level 1
  ///                  first
  template <class F>
  void add(const tree_hash& leaf, F&& completed) {
    auto hash = leaf;
    unsigned level = 0;
    for (auto bits = size_; (bits & 1) != 0; bits >>= 1) {
      hash = node_hash(subtrees_.back(), hash);
      subtrees_.pop_back();
      ++level;
      completed(level, size_ >> level, hash);
    }
    subtrees_.push_back(hash);
    ++size_;
  }

  void add(const tree_hash& leaf) {
    add(leaf, [](unsigned, uint64_t, const tree_hash&) {});
  }

  tree_hash root() const noexcept;

  /// The roots of its complete subtrees, the largest first; 32 bytes each.
  std::string bytes() const;

private:
  uint64_t size_ = 0;
  std::vector<tree_hash> subtrees_;
};

} // namespace carillon
