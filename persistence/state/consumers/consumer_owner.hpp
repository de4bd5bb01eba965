#pragma once

#include "messages/consumers/rows.hpp"

#include <string>

namespace carillon::sql {

/// Knows consumers that belong to something else, such as a webhook, and are created and deleted
/// with it. Within a transaction.
class consumer_owner {
public:
  virtual ~consumer_owner() = default;

  /// False if this consumer belongs to something that does not exist.
  virtual bool may_open(const std::string& consumer) = 0;

  /// A dead letter of a consumer became a retry.
  virtual void note_retried(const dead_letter& x, timestamp now) = 0;
};

} // namespace carillon::sql
