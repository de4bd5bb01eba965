#pragma once

#include "base/time.hpp"
#include "messages/access/audit.hpp"
#include "messages/contacts/notification.hpp"
#include "messages/jobs/job.hpp"
#include "messages/webhooks/delivery.hpp"

#include <cstdint>
#include <string>
#include <vector>

namespace carillon {

/// Adds to a counter; the metrics handler's effect.
struct counter_delta {
  /// Begin of the hour.
  timestamp hour;
  std::string type;
  std::string company_id;
  uint64_t add = 0;
};

/// Effects of a page of events, committed together with the cursor.
struct effects {
  std::vector<audit_entry> audit;
  std::vector<counter_delta> counters;
  std::vector<webhook_attempt> attempts;
  std::vector<webhook_wake> wakes;
  std::vector<webhook_health> health;
  std::vector<job_draft> jobs;
  std::vector<notification_draft> notifications;

  bool empty() const noexcept {
    return audit.empty() && counters.empty() && attempts.empty() && wakes.empty() && health.empty()
           && jobs.empty() && notifications.empty();
  }
};

} // namespace carillon
