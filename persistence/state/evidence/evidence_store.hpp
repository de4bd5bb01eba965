#pragma once

#include "base/failure.hpp"
#include "base/merkle/tree_hash.hpp"
#include "messages/access/audit.hpp"
#include "messages/evidence/event_leaf.hpp"
#include "messages/evidence/requests.hpp"

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

namespace carillon {

/// What the store has of the evidence tree, in one snapshot.
struct sealed_tree {
  tree_frontier tree;
  /// `salt_fingerprint` of the key that its leaves were salted with; empty before the first start.
  std::string salt;
  /// The end of the audit chain; number 0 if it has no row.
  audit_mark audit_end;
};

/// The part of the state store for the tree over the log; see `state_store`. Leaves are added by
/// commits of the consumer `sealer`, as effects of the type `event_leaf`: those that the tree has
/// are left out, and a commit with a gap fails.
class evidence_store {
public:
  /// The consumer whose commits add leaves.
  static constexpr const char* consumer = "sealer";
  /// Roots of subtrees are stored from this level on: blocks of 4,096 leaves.
  static constexpr unsigned block_level = 12;
  /// Leaves of a chunk, see `prefixes`.
  static constexpr uint64_t chunk_leaves = 256;
  /// Bytes that are kept of each leaf.
  static constexpr size_t prefix_bytes = 4;
  /// Action of the rows of the audit log that tell a signed head: the first one, and one each day.
  static constexpr const char* signed_action = "evidence.signed";
  /// Action of the row that `restart` leaves: heads of rows before it do not count any more.
  static constexpr const char* restarted_action = "evidence.restarted";

  virtual ~evidence_store() = default;

  virtual expected<sealed_tree> tree() = 0;

  /// The root of a complete subtree of at least `block_level`. Errors: `not_found`.
  virtual expected<tree_hash> subtree(unsigned level, uint64_t number) = 0;

  /// The first bytes of each leaf from `chunk * chunk_leaves` on, which tell a changed event from
  /// others of its block. Shorter at the end of the tree; empty behind it.
  virtual expected<std::string> prefixes(uint64_t chunk) = 0;

  /// The newest head, and all keys.
  virtual expected<signed_state> signed_by_node() = 0;

  /// Stored heads of a size greater than `after`, in ascending order.
  virtual expected<std::vector<signed_head>> heads(uint64_t after, size_t limit) = 0;

  /// Errors: `invalid_argument`: a head to be recorded is no checkpoint.
  virtual expected<void> store(const store_head& x) = 0;

  /// Lists a key, unless it is the newest already. A key that follows another one leaves a row in
  /// the audit log.
  virtual expected<void> list_key(const std::string& key, timestamp now) = 0;

  /// Binds the tree to a salt key. Errors: `conflict` if it has leaves of another one.
  virtual expected<void> bind_salt(const std::string& fingerprint) = 0;

  /// Forgets tree and heads, and the cursor of the sealer, which makes the tree anew from the log
  /// as it is; leaves a row in the audit log that tells the size and the root of the old one.
  virtual expected<void> restart(const std::string& fingerprint, timestamp now) = 0;
};

} // namespace carillon
