#pragma once

#include "base/failure.hpp"
#include "messages/consumers/requests.hpp"

#include <span>

namespace carillon {

/// The part of the state store for consumers; see `state_store`.
class consumer_store {
public:
  virtual ~consumer_store() = default;

  /// Reads a consumer with its retries, creating it if it is new. Errors: `not_found` for the
  /// consumer of a missing webhook.
  virtual expected<opened_consumer> open(const open_consumer& x, timestamp now) = 0;

  /// Applies several consumers' commits in one transaction. A commit whose cursor
  /// is behind the stored one is a defect: `conflict`, nothing is applied.
  virtual expected<void> commit(std::span<const consumer_commit_ptr> xs) = 0;

  virtual expected<consumer_records> list() = 0;

  /// By consumer.
  virtual expected<consumer_failures> failures(const find_failures& x) = 0;

  /// Errors: `not_found`.
  virtual expected<void> pause(const pause_consumer& x, timestamp now) = 0;
};

} // namespace carillon
