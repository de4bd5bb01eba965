#pragma once

#include "base/failure.hpp"
#include "persistence/state/evidence/evidence_store.hpp"

#include <string>
#include <string_view>

namespace carillon {

/// The secrets of the evidence over a log. The key of signatures has a file of its own, 32 bytes,
/// mode 0600, and may be exchanged: if the file is gone, the next start makes another key, and
/// lists both. The salt key is derived from the node's key, and lasts as long as the tree: without
/// it no leaf can be checked.
struct evidence_keys {
  /// For `secret_box::derived_key`.
  static constexpr std::string_view salt_purpose = "carillon evidence salt 1";
  /// Default name of the file, in the data directory.
  static constexpr std::string_view file_name = "evidence.key";

  /// The seed of the Ed25519 key, 32 bytes.
  std::string seed;
  /// 32 bytes.
  std::string salt;
};

/// Reads the key of signatures or makes it, binds the store's tree to the salt key, and lists the
/// public key. Errors, with a text for the operator: `conflict`: the store has a tree that was made
/// with another salt key; those of `secret_box::open` for the file.
expected<evidence_keys> open_evidence_keys(evidence_store& store, const std::string& key_file,
                                           std::string salt, const std::string& origin,
                                           timestamp now);

/// The name of a log in its checkpoints, and of its keys.
std::string origin_of(const std::string& history);

} // namespace carillon
