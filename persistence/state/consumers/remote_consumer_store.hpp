#pragma once

#include "base/failure.hpp"
#include "messages/workers/requests.hpp"

namespace carillon {

/// The part of the state store for remote consumers; see `state_store`.
class remote_consumer_store {
public:
  virtual ~remote_consumer_store() = default;

  /// Inserts or replaces.
  virtual expected<void> put(const put_remote_consumer& x, timestamp now) = 0;

  /// Errors: `not_found`.
  virtual expected<void> remove(const remove_remote_consumer& x, timestamp now) = 0;

  /// By name. Errors: `store_corrupt` for settings that cannot be read.
  virtual expected<remote_consumers> list() = 0;
};

} // namespace carillon
