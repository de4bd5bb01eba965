#pragma once

#include <chrono>
#include <cstddef>
#include <string>
#include <vector>

namespace carillon {

/// Most witnesses of a log.
inline constexpr size_t max_witnesses = 8;

/// Settings of the evidence over the log.
struct evidence_options {
  /// False: the log has no tree, and no proofs.
  bool enabled = true;
  /// Time between two signed heads while events come.
  std::chrono::milliseconds interval{1'000};
  /// File of the key that signs, made if missing; empty = `evidence.key` in the data directory.
  std::string key_file;
  /// File of the head that was signed last, which the next start compares with the tree; empty =
  /// `evidence.head` beside the key.
  std::string head_file;
  /// Who keeps the signed heads, on other machines at best: files, to which each is appended, and
  /// `https://` URLs, to which each is posted.
  std::vector<std::string> witnesses;
  /// Of one attempt at a witness; the next one follows 1 s later, or up to 60 s after many.
  std::chrono::milliseconds witness_timeout{15'000};
  /// How long a stop waits for the witnesses to take the last head.
  std::chrono::milliseconds witness_stop_wait{1'000};
};

} // namespace carillon
