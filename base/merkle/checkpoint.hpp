#pragma once

#include "base/failure.hpp"
#include "base/merkle/tree_hash.hpp"

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace carillon {

/// The head of a tree, in the form of https://c2sp.org/tlog-checkpoint: the text of a signed note.
///
///     <origin>
///     <size, decimal>
///     <root, base64>
///     <extension lines, any number>
struct checkpoint {
  /// Names the log; not empty.
  std::string origin;
  /// Leaves of the tree.
  uint64_t size = 0;
  tree_hash root{};
  /// Not empty; their meaning is the log's.
  std::vector<std::string> extensions = {};

  std::string text() const;

  /// Reads the text of a note. Errors: `invalid_argument`, with the fault.
  static expected<checkpoint> parse(std::string_view text);

  friend bool operator==(const checkpoint&, const checkpoint&) = default;
};

} // namespace carillon
