#pragma once

#include "messages/audit.hpp"
#include "persistence/state_store.hpp"

#include <string>

namespace carillon {

/// What is found of the whole hash chain.
struct audit_check {
  audit_verdict verdict;
  /// Of the newest row; empty if there is none.
  std::string hash;
};

/// Verifies the chain from its first row to its last. Errors: `store_unavailable`.
expected<audit_check> check_audit(state_store& state);

} // namespace carillon
