#pragma once

#include "actors/evidence/witness.hpp"
#include "base/crypto/secret_box.hpp"
#include "messages/evidence/options.hpp"
#include "net/webhooks/http_client.hpp"
#include "persistence/evidence/evidence_keys.hpp"
#include "persistence/evidence/signed_past.hpp"

#include <memory>
#include <optional>
#include <string>
#include <vector>

namespace carillon {

/// What an engine signs the evidence over its log with, and what it signed before.
struct engine_evidence {
  /// Reads the keys, which are made if there are none, and what was signed before. A past that
  /// cannot be read does not end the start: nothing is signed then. Errors: those of
  /// `open_evidence_keys`.
  /// @param directory of the keys, unless the options name other files
  /// @param origin of the checkpoints, see `origin_of`
  expected<void> open(state_store& state, const evidence_options& options,
                      const secret_box& secrets, const std::string& directory,
                      const std::string& origin);

  /// Who keeps the checkpoints outside of the node. Errors: `invalid_argument`.
  /// @param webhooks how webhooks are called; witnesses are called alike
  expected<std::vector<std::shared_ptr<witness>>>
  make_witnesses(const evidence_options& options, const http_client_options& webhooks);

  /// Empty without evidence.
  std::optional<evidence_keys> keys;
  signed_past past;
  /// Keeps the newest head.
  std::optional<head_file> head;
  /// Why the past cannot be read, or empty.
  std::string refusal;
  /// Calls witnesses, which no receiver of webhooks delays; null if no witness has a URL.
  std::shared_ptr<http_client> witness_client;

private:
  expected<void> read_past(state_store& state, const std::string& given,
                           const std::string& key_file, const std::string& origin);
};

} // namespace carillon
