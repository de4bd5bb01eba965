#pragma once

#include "base/failure.hpp"
#include "messages/access/requests.hpp"
#include "persistence/state/operators/audit_seal.hpp"

#include <optional>
#include <string>

namespace carillon {

/// The part of the state store for the audit chain; see `state_store`.
class audit_store {
public:
  virtual ~audit_store() = default;

  /// Appends one row to the chain.
  virtual expected<void> append(const append_audit& x) = 0;

  virtual expected<audit_page> list(const list_audit& x) = 0;

  /// Errors: `invalid_argument`, `store_corrupt` (the seal's file cannot be trusted).
  virtual expected<audit_progress> verify(const verify_audit& x) = 0;

  /// From now on writes seal the chain, and verification checks the seal. Call before the first
  /// write; for a reader, before the first `verify`.
  /// @param log_first `event_digest` of the log's first event; empty if there is none; nothing if
  /// that event is damaged, so that it is not compared
  /// Errors of a writer, with a text for the operator: `store_corrupt`: the chain was not sealed
  /// with this key, was sealed and is not any more, is shorter than it was, or belongs to another
  /// log; nothing is changed then.
  virtual expected<void> seal(audit_seal_ptr seal, const std::optional<std::string>& log_first) = 0;

  /// The same after the operator has accepted the present chain in any state. The next row records
  /// this and the end of the chain.
  virtual expected<void> reseal(audit_seal_ptr seal, const std::string& log_first, timestamp now)
    = 0;
};

} // namespace carillon
