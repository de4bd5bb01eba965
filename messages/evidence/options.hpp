#pragma once

#include <chrono>
#include <string>

namespace carillon {

/// Settings of the evidence over the log.
struct evidence_options {
  /// False: the log has no tree, and no proofs.
  bool enabled = true;
  /// Time between two signed heads while events come.
  std::chrono::milliseconds interval{1'000};
  /// File of the key that signs, made if missing; empty = `evidence.key` in the data directory.
  std::string key_file;
  /// A file to which each signed head is appended, on another machine at best; empty = none.
  std::string witness;
};

} // namespace carillon
