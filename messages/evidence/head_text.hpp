#pragma once

#include "base/merkle/checkpoint.hpp"
#include "messages/access/audit.hpp"

#include <cstddef>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace carillon {

// The extension lines of our checkpoints: `audit <number>:<hash>`, the end of the operators' chain,
// and `time <RFC 3339>`, when it was signed.

/// The checkpoint of a tree.
checkpoint make_checkpoint(std::string origin, const tree_frontier& tree, const audit_mark& audit,
                           timestamp now);

/// The end of the audit chain that a checkpoint tells; empty if it tells none.
std::optional<audit_mark> audit_mark_of(const checkpoint& x);

/// What a file of a witness has.
struct kept_notes {
  /// Signed notes with a checkpoint. Their signatures are not checked.
  std::vector<std::string> notes = {};
  /// Pieces that are none: notes that were cut when the disk was full, or something else.
  size_t cut = 0;
};

/// The signed notes of a file that has one after the other, as a witness has them, with or without
/// empty lines between them.
kept_notes notes_of(std::string_view text);

} // namespace carillon
