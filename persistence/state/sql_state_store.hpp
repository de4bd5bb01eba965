#pragma once

#include "persistence/state/application/sql_schema_store.hpp"
#include "persistence/state/consumers/sql_consumer_store.hpp"
#include "persistence/state/consumers/sql_dead_letter_store.hpp"
#include "persistence/state/consumers/sql_remote_consumer_store.hpp"
#include "persistence/state/consumers/sql_replay_store.hpp"
#include "persistence/state/contacts/sql_contact_store.hpp"
#include "persistence/state/contacts/sql_document_record_store.hpp"
#include "persistence/state/contacts/sql_notification_store.hpp"
#include "persistence/state/evidence/sql_evidence_store.hpp"
#include "persistence/state/inbound/sql_inbound_store.hpp"
#include "persistence/state/jobs/sql_job_store.hpp"
#include "persistence/state/measures/sql_measure_store.hpp"
#include "persistence/state/operators/sql_access_store.hpp"
#include "persistence/state/operators/sql_audit_store.hpp"
#include "persistence/state/operators/sql_node_key_store.hpp"
#include "persistence/state/schedules/sql_schedule_store.hpp"
#include "persistence/state/sql/state_connection.hpp"
#include "persistence/state/state_store.hpp"
#include "persistence/state/webhooks/sql_delivery_store.hpp"
#include "persistence/state/webhooks/sql_webhook_store.hpp"
#include "persistence/state/webhooks/webhook_owner.hpp"

#include <memory>

namespace carillon::sql {

/// The state in a database that speaks SQL: the stores of all capabilities over one connection.
class sql_state_store final : public state_store {
public:
  /// @param token held while this is the only writer; null if the store is only read
  sql_state_store(std::shared_ptr<const backend> database, std::shared_ptr<void> token);

  /// Opens the connection at once. Errors: `store_unavailable`.
  expected<void> connect();

  consumer_store& consumers() noexcept override;
  dead_letter_store& dead_letters() noexcept override;
  inbound_store& inbound() noexcept override;
  measure_store& measures() noexcept override;
  remote_consumer_store& remote_consumers() noexcept override;
  replay_store& replays() noexcept override;
  schedule_store& schedules() noexcept override;
  webhook_store& webhooks() noexcept override;
  delivery_store& deliveries() noexcept override;
  job_store& jobs() noexcept override;
  contact_store& contacts() noexcept override;
  notification_store& notifications() noexcept override;
  document_record_store& documents() noexcept override;
  audit_store& audit() noexcept override;
  evidence_store& evidence() noexcept override;
  access_store& access() noexcept override;
  node_key_store& node_key() noexcept override;
  schema_store& schema() noexcept override;

private:
  /// Outlives all that writes.
  std::shared_ptr<void> token_;
  state_connection db_;
  chain_end end_;
  audit_trail trail_;
  sql_audit_store audit_;
  sql_evidence_store evidence_;
  sql_measure_store measures_;
  sql_delivery_store deliveries_;
  sql_webhook_store webhooks_;
  webhook_owner webhook_owner_;
  sql_job_store jobs_;
  sql_notification_store notifications_;
  sql_consumer_store consumers_;
  sql_dead_letter_store dead_letters_;
  sql_remote_consumer_store remote_consumers_;
  sql_replay_store replays_;
  sql_schedule_store schedules_;
  sql_contact_store contacts_;
  sql_document_record_store documents_;
  sql_access_store access_;
  sql_node_key_store node_key_;
  sql_schema_store schema_;
  sql_inbound_store inbound_;
};

} // namespace carillon::sql
