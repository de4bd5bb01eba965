#pragma once

#include "messages/access/audit.hpp"
#include "messages/events/event_digest.hpp"
#include "persistence/state/state_store.hpp"

#include <optional>
#include <string>

namespace carillon {

/// What is found of the whole hash chain.
struct audit_check {
  audit_verdict verdict;
  /// Of the newest row; empty if there is none.
  std::string hash;
};

/// Verifies the chain from its first row to its last; with its seal, if `state` has one to compare
/// (`state_store::seal_audit`).
/// @param log if there is one, its events are compared with what the rows say of them, and it has
/// to be without a gap
/// @param expect a row that has to be there
/// Errors: `store_unavailable`, `store_corrupt`.
expected<audit_check> check_audit(state_store& state, const log_pages& log = {},
                                  const std::optional<audit_mark>& expect = {});

/// `event_digest` of the first event; empty if the log is. Errors: `store_unavailable`.
expected<std::string> digest_of_first(const log_pages& log);

} // namespace carillon
