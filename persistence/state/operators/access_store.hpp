#pragma once

#include "base/failure.hpp"
#include "messages/access/requests.hpp"

namespace carillon {

/// The part of the state store for API keys and registered event types; see `state_store`.
class access_store {
public:
  virtual ~access_store() = default;

  /// Assigns id and time. Errors: `conflict` (the hash exists already).
  virtual expected<api_key> create(const create_api_key& x, timestamp now) = 0;

  /// Errors: `not_found`.
  virtual expected<void> remove(const delete_api_key& x, timestamp now) = 0;

  virtual expected<api_keys> keys() = 0;

  /// Stores later uses; writes no audit rows.
  virtual expected<void> note(const note_key_uses& x) = 0;

  /// Inserts or replaces; a type without a schema is deleted.
  virtual expected<void> put(const put_event_type& x, timestamp now) = 0;

  virtual expected<registered_types> event_types() = 0;
};

} // namespace carillon
