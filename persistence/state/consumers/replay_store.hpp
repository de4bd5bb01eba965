#pragma once

#include "base/failure.hpp"
#include "messages/consumers/replay_requests.hpp"

namespace carillon {

/// The part of the state store for replays; see `state_store`.
class replay_store {
public:
  virtual ~replay_store() = default;

  /// Assigns id and times.
  virtual expected<replay_record> create(const create_replay& x, timestamp now) = 0;

  /// Errors: `not_found`.
  virtual expected<void> update(const update_replay& x, timestamp now) = 0;

  /// Errors: `not_found`.
  virtual expected<replay_record> get(const get_replay& x) = 0;

  virtual expected<replay_records> running() = 0;

  virtual expected<replay_page> list(const list_replays& x) = 0;
};

} // namespace carillon
