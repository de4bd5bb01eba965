#pragma once

#include "persistence/state/application/schema_store.hpp"
#include "persistence/state/consumers/consumer_store.hpp"
#include "persistence/state/consumers/dead_letter_store.hpp"
#include "persistence/state/consumers/remote_consumer_store.hpp"
#include "persistence/state/consumers/replay_store.hpp"
#include "persistence/state/contacts/contact_store.hpp"
#include "persistence/state/contacts/document_record_store.hpp"
#include "persistence/state/contacts/notification_store.hpp"
#include "persistence/state/evidence/evidence_store.hpp"
#include "persistence/state/inbound/inbound_store.hpp"
#include "persistence/state/jobs/job_store.hpp"
#include "persistence/state/measures/measure_store.hpp"
#include "persistence/state/operators/access_store.hpp"
#include "persistence/state/operators/audit_store.hpp"
#include "persistence/state/operators/node_key_store.hpp"
#include "persistence/state/schedules/schedule_store.hpp"
#include "persistence/state/webhooks/delivery_store.hpp"
#include "persistence/state/webhooks/webhook_store.hpp"

namespace carillon {

/// Everything that consumers and operators write, by capability. An instance, with its parts,
/// belongs to one thread. Each call of a part is one durable transaction, applied as a whole or not
/// at all; the commit of a consumer includes effects of several capabilities. No call throws; each
/// may fail with `store_unavailable` or `store_refused`, and with the errors that it names.
class state_store {
public:
  virtual ~state_store() = default;

  virtual consumer_store& consumers() noexcept = 0;
  virtual dead_letter_store& dead_letters() noexcept = 0;
  virtual inbound_store& inbound() noexcept = 0;
  virtual measure_store& measures() noexcept = 0;
  virtual remote_consumer_store& remote_consumers() noexcept = 0;
  virtual replay_store& replays() noexcept = 0;
  virtual schedule_store& schedules() noexcept = 0;
  virtual webhook_store& webhooks() noexcept = 0;
  virtual delivery_store& deliveries() noexcept = 0;
  virtual job_store& jobs() noexcept = 0;
  virtual contact_store& contacts() noexcept = 0;
  virtual notification_store& notifications() noexcept = 0;
  virtual document_record_store& documents() noexcept = 0;
  virtual audit_store& audit() noexcept = 0;
  virtual evidence_store& evidence() noexcept = 0;
  virtual access_store& access() noexcept = 0;
  virtual node_key_store& node_key() noexcept = 0;
  virtual schema_store& schema() noexcept = 0;
};

} // namespace carillon
