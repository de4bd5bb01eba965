#include "persistence/state/sql_state_store.hpp"

#include <utility>

namespace carillon::sql {

sql_state_store::sql_state_store(std::shared_ptr<const backend> database,
                                 std::shared_ptr<void> token)
  : token_(std::move(token)), db_(std::move(database)), end_(db_, token_ != nullptr),
    trail_(db_, end_), audit_(db_, end_, trail_), evidence_(db_, end_, trail_),
    measures_(db_, trail_), deliveries_(db_, trail_), webhooks_(db_, trail_, deliveries_.table()),
    webhook_owner_(db_, deliveries_.table()), jobs_(db_, trail_), notifications_(db_),
    consumers_(
      db_, trail_, webhook_owner_,
      {&trail_, &evidence_, &measures_, &deliveries_.table(), &jobs_.effects(), &notifications_}),
    dead_letters_(db_, trail_, webhook_owner_), remote_consumers_(db_, trail_),
    replays_(db_, trail_), schedules_(db_, trail_), contacts_(db_, trail_), documents_(db_, trail_),
    access_(db_, trail_), node_key_(db_), schema_(db_), inbound_(db_, trail_) {
}

expected<void> sql_state_store::connect() {
  return db_.connect();
}

consumer_store& sql_state_store::consumers() noexcept {
  return consumers_;
}

dead_letter_store& sql_state_store::dead_letters() noexcept {
  return dead_letters_;
}

inbound_store& sql_state_store::inbound() noexcept {
  return inbound_;
}

measure_store& sql_state_store::measures() noexcept {
  return measures_;
}

remote_consumer_store& sql_state_store::remote_consumers() noexcept {
  return remote_consumers_;
}

replay_store& sql_state_store::replays() noexcept {
  return replays_;
}

schedule_store& sql_state_store::schedules() noexcept {
  return schedules_;
}

webhook_store& sql_state_store::webhooks() noexcept {
  return webhooks_;
}

delivery_store& sql_state_store::deliveries() noexcept {
  return deliveries_;
}

job_store& sql_state_store::jobs() noexcept {
  return jobs_;
}

contact_store& sql_state_store::contacts() noexcept {
  return contacts_;
}

notification_store& sql_state_store::notifications() noexcept {
  return notifications_;
}

document_record_store& sql_state_store::documents() noexcept {
  return documents_;
}

audit_store& sql_state_store::audit() noexcept {
  return audit_;
}

evidence_store& sql_state_store::evidence() noexcept {
  return evidence_;
}

access_store& sql_state_store::access() noexcept {
  return access_;
}

node_key_store& sql_state_store::node_key() noexcept {
  return node_key_;
}

schema_store& sql_state_store::schema() noexcept {
  return schema_;
}

} // namespace carillon::sql
