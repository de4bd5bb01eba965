#pragma once

#include "messages/access/audit.hpp"
#include "messages/contacts/notification.hpp"
#include "messages/jobs/job.hpp"
#include "messages/state/counter.hpp"
#include "messages/webhooks/delivery.hpp"

#include <vector>

namespace carillon {

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
