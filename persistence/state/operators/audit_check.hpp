#pragma once

#include "messages/access/audit.hpp"
#include "messages/access/event_digest.hpp"
#include "persistence/state/operators/audit_store.hpp"

#include <optional>
#include <string>

namespace carillon {

/// Result of checking the whole hash chain.
struct audit_check {
  audit_verdict verdict;
  /// Hash of the newest row; empty if there is none.
  std::string hash;
};

/// Verifies the chain from its first row to its last; with its seal, if `audit` has one to compare
/// (`audit_store::seal`).
/// @param log if not null, its events are compared with their rows, and it must have no gap
/// @param expect a row that must exist
/// @param gaps false: the log is not searched for gaps, as somebody else reads it all
/// Errors: `store_unavailable`, `store_corrupt`.
expected<audit_check> check_audit(audit_store& audit, const log_pages& log = {},
                                  const std::optional<audit_mark>& expect = {}, bool gaps = true);

/// `event_digest` of the first event; empty if the log is. Errors: `store_unavailable`,
/// `store_refused` (the event is damaged), `internal` (OpenSSL fails).
expected<std::string> digest_of_first(const log_pages& log);

/// The same, and nothing if the event is damaged: a node with a damaged log starts, says so, and
/// does all that it can.
expected<std::optional<std::string>> digest_of_readable_first(const log_pages& log);

} // namespace carillon
