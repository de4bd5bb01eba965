#pragma once

#include "messages/webhooks/webhook.hpp"
#include "persistence/state/operators/operator_audit.hpp"

#include <string>
#include <utility>

namespace carillon::sql {

/// The audit row of an operator's action on a webhook.
inline audit_entry webhook_entry(const operator_stamp& by, timestamp now, std::string action,
                                 const webhook& x) {
  auto out = operator_entry(by, now, std::move(action), "webhook:" + std::to_string(x.id));
  out.company_id = x.settings.company_id;
  return out;
}

} // namespace carillon::sql
