#include "persistence/evidence/tree_guard.hpp"

#include <algorithm>

namespace carillon {

namespace {

std::string text_of_size(uint64_t x) {
  return std::to_string(x) + (x == 1 ? " event" : " events");
}

/// The file may lie beside the key, where a command does not look for it by itself.
failure another_tree(const past_head& x, const std::string& why) {
  const auto file = x.file.empty() ? x.file : " --evidence-head-file " + x.file;
  return {ec::conflict,
          "the tree over the log is not the one that was signed: " + x.by + " tells "
            + text_of_size(x.size) + ", " + why + "; `carillon audit verify" + file
            + "` says what was changed, `carillon audit reseal" + file + "` accepts it",
          {}};
}

} // namespace

expected<bool> tree_guard::admit(const tree_frontier& next) {
  bool out = true;
  for (const auto& x : past_) {
    const auto fits = continues(x, next);
    if (!fits)
      return fits.error();
    out = out && *fits;
  }
  return out;
}

void tree_guard::remember(uint64_t size, const tree_hash& root) {
  past_ = {{size, root, "the checkpoint before"}};
  signed_here_ = true;
}

expected<bool> tree_guard::continues(const past_head& x, const tree_frontier& next) {
  if (next.size() < x.size && signed_here_)
    return another_tree(x, "and the tree has only " + text_of_size(next.size()));
  if (next.size() < x.size) {
    const auto head = log_.head();
    if (!head)
      return head.error();
    if (*head < x.size)
      return another_tree(x, "and the log has only " + text_of_size(*head));
    return false;
  }
  const auto fits = tree_.continues(next, x.size, x.root);
  if (!fits)
    return fits.error();
  if (!*fits)
    return another_tree(x, "and the tree does not begin with them");
  return true;
}

expected<bool> continues_past(event_log& log, state_store& state, const std::string& salt_key,
                              const signed_past& past) {
  const auto stored = state.evidence().tree();
  if (!stored)
    return stored.error();
  event_tree tree{log, state.evidence(), salt_key};
  const auto admitted = tree_guard{tree, log, past.heads}.admit(stored->tree);
  if (!admitted && admitted.error().code != ec::conflict)
    return admitted.error();
  return admitted.has_value();
}

} // namespace carillon
