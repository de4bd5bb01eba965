#pragma once

#include "messages/access/operator_stamp.hpp"
#include "messages/request.hpp"
#include "messages/workers/remote_consumer.hpp"

#include <string>
#include <vector>

namespace carillon {

// Requests to the state actor about remote consumers. Changes carry a stamp and write their audit
// row in the same transaction.

/// Stores the settings of a remote consumer, new or changed.
struct put_remote_consumer {
  using answer = void;
  remote_consumer consumer;
  operator_stamp by;
  /// Whose names the hub is to look at, as the caller's key is bound to this company; empty = the
  /// name is the node's. See `own_name`.
  std::string own_to = {};
};

/// Deletes it with its cursor, retries and dead letters. Errors: `not_found`.
struct remove_remote_consumer {
  using answer = void;
  std::string name;
  operator_stamp by;
};

using remote_consumers = std::vector<remote_consumer>;

/// All of them, by name.
struct list_remote_consumers {
  using answer = remote_consumers;
};

/// Requests about remote consumers that the state actor answers.
using remote_consumer_requests
  = request_list<put_remote_consumer, remove_remote_consumer, list_remote_consumers>;

} // namespace carillon
