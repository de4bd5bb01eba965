#pragma once

#include "messages/consumers/rows.hpp"

#include <string>
#include <vector>

namespace carillon::sql {

/// Knows consumers that belong to something else, such as a webhook, and are created and deleted
/// with it. Within a transaction.
class consumer_owner {
public:
  virtual ~consumer_owner() = default;

  /// False if this consumer belongs to something that does not exist.
  virtual bool may_open(const std::string& consumer) = 0;

  /// Completes the stored retries of a consumer that is opened: those without an attempt left get
  /// the status of their last one.
  virtual void add_last_statuses(const std::string& consumer, std::vector<retry_row>& rows) = 0;

  /// A dead letter of a consumer became a retry.
  virtual void note_retried(const dead_letter& x, timestamp now) = 0;
};

} // namespace carillon::sql
