#pragma once

#include "messages/evidence/event_leaf.hpp"
#include "messages/evidence/event_proof.hpp"
#include "messages/evidence/requests.hpp"
#include "persistence/event_log.hpp"
#include "persistence/state/evidence/evidence_store.hpp"

#include <array>
#include <cstdint>
#include <string_view>
#include <vector>

namespace carillon {

/// Makes proofs from the stored roots of blocks and from the events of the log: a proof reads at
/// most two blocks of 4,096 events. One thread.
class event_tree {
public:
  /// @param log, store outlive it
  event_tree(event_log& log, evidence_store& store, std::string_view salt_key)
    : log_(log), store_(store), hasher_(salt_key) {
  }

  /// Proves an event by a signed head. Errors: `not_found`: the head does not cover it, or the log
  /// does not have it; `store_corrupt`: it is not what was sealed; `store_unavailable`.
  expected<event_proof> prove(position seq, const signed_head& by);

  /// Errors: `invalid_argument` unless `from` ≤ `to` ≤ `most`, `store_unavailable`.
  expected<consistency_proof> prove_consistency(uint64_t from, uint64_t to, uint64_t most);

  /// Whether a tree begins with the leaves of an earlier one; for equal sizes, whether it is the
  /// same. Errors: `invalid_argument` unless `size` ≤ that of the tree, `store_corrupt`,
  /// `store_unavailable`.
  expected<bool> continues(const tree_frontier& tree, uint64_t size, const tree_hash& root);

  /// The root of a complete subtree. Errors: `store_corrupt`, `store_unavailable`.
  expected<tree_hash> subtree(unsigned level, uint64_t number);

private:
  static constexpr uint64_t block = uint64_t{1} << evidence_store::block_level;

  /// The leaves of a part of the log.
  struct leaves {
    /// Index of the first one.
    uint64_t begin = 0;
    std::vector<tree_hash> hashes;
  };

  /// The leaves of the block with this index, up to before `end` at least.
  expected<const leaves*> leaves_until(uint64_t begin, uint64_t end);
  /// Adds the leaves that the log has of the block, and `to` has not.
  expected<void> read_leaves(leaves& to);

  event_log& log_;
  evidence_store& store_;
  leaf_hasher hasher_;
  /// Those that were used last.
  std::array<leaves, 2> cached_;
};

} // namespace carillon
