#pragma once

#include "base/failure.hpp"
#include "base/merkle/tree_hash.hpp"

#include <cstdint>
#include <functional>
#include <optional>
#include <vector>

namespace carillon {

// Proofs of RFC 9162, sections 2.1.3 and 2.1.4, made from the roots of complete subtrees. Indices
// of leaves count from 0.

/// The root of the complete subtree (`level`, `number`), see `tree_hash.hpp`.
using subtree_source = std::function<expected<tree_hash>(unsigned level, uint64_t number)>;

using tree_path = std::vector<tree_hash>;

/// The root over the leaves from `begin` to before `end`, as a tree of its own if `begin` is 0, and
/// as a subtree of any tree that has it otherwise. Asks for at most two subtrees of each level.
/// Errors: those of `source`.
expected<tree_hash> range_hash(uint64_t begin, uint64_t end, const subtree_source& source);

/// Proves that the leaf is in the tree of this size. Errors: `invalid_argument` unless `index` <
/// `size`, those of `source`.
expected<tree_path> inclusion_path(uint64_t index, uint64_t size, const subtree_source& source);

/// The root that an inclusion proof leads to; empty if it has another length than it must have.
std::optional<tree_hash> root_of_path(uint64_t index, uint64_t size, const tree_hash& leaf,
                                      const tree_path& path) noexcept;

/// Proves that the tree of size `from` is the beginning of that of size `to`; empty for equal sizes
/// and for an empty first tree. Errors: `invalid_argument` unless `from` ≤ `to`, those of `source`.
expected<tree_path> consistency_path(uint64_t from, uint64_t to, const subtree_source& source);

bool verify_consistency(uint64_t from, uint64_t to, const tree_hash& from_root,
                        const tree_hash& to_root, const tree_path& path) noexcept;

} // namespace carillon
