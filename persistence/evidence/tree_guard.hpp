#pragma once

#include "persistence/evidence/event_tree.hpp"
#include "persistence/evidence/signed_past.hpp"

#include <string>
#include <vector>

namespace carillon {

/// Lets only a tree be signed that continues everything that was signed before, so that somebody
/// who can write the database cannot make the node vouch for another log. One thread.
class tree_guard {
public:
  /// @param tree, log outlive it
  tree_guard(event_tree& tree, event_log& log, std::vector<past_head> past)
    : tree_(tree), log_(log), past_(std::move(past)) {
  }

  /// True if the tree may be signed. False if it is still shorter than what was signed before the
  /// start, and the log has the rest: its leaves are to come. Errors: `conflict`, with what does
  /// not fit; `store_corrupt`, if the tree itself is damaged; `store_unavailable`.
  expected<bool> admit(const tree_frontier& next);

  /// A signed head: later trees have to continue it, and may not be shorter even for a moment.
  void remember(uint64_t size, const tree_hash& root);

private:
  expected<bool> continues(const past_head& x, const tree_frontier& next);

  event_tree& tree_;
  event_log& log_;
  std::vector<past_head> past_;
  bool signed_here_ = false;
};

/// Whether the stored tree continues what was signed; true also if it is still shorter and may come
/// to it. For a command that opens the store itself. Errors: those of `read_signed_past` and of
/// `tree_guard::admit`, except `conflict`.
expected<bool> continues_past(event_log& log, state_store& state, const std::string& salt_key,
                              const signed_past& past);

} // namespace carillon
