#include "persistence/state/operators/operator_audit.hpp"
#include "persistence/state/sql_state_store.hpp"

namespace carillon::sql {

namespace {

retry_row retry_of(const statement& row) {
  return {.seq = row.number(0),
          .replay_id = row.number(1),
          .attempts = static_cast<uint32_t>(row.integer(2)),
          .due = from_micros(row.integer(3)),
          .key = row.string(4),
          .last_error = row.string(5),
          .first_failed_at = from_micros(row.integer(6))};
}

} // namespace

consumer_record sql_state_store::consumer_of(const statement& row) {
  consumer_record x{.name = row.string(0),
                    .cursor = row.number(1),
                    .paused = row.integer(2) != 0,
                    .last_error = row.string(3),
                    .updated_at = from_micros(row.integer(4)),
                    .retrying = 0,
                    .dead_letters = row.number(5),
                    .oldest_failure = std::nullopt};
  auto summary = link_->sql.query(state_query::retry_summary, std::string_view{x.name});
  if (summary.next()) {
    x.retrying = summary->number(0);
    if (!summary->null(1))
      x.oldest_failure = from_micros(summary->integer(1));
  }
  return x;
}

expected<consumer_failures> sql_state_store::failures(const find_failures& x) {
  return reading([&]() -> expected<consumer_failures> {
    consumer_failures out;
    auto row = link_->sql.query(state_query::failures_of_event, x.seq);
    while (row.next())
      out.push_back({.consumer = row->string(0), .dead = row->integer(1) != 0});
    return out;
  });
}

expected<opened_consumer> sql_state_store::open(const open_consumer& x, timestamp now) {
  return writing([&]() -> expected<opened_consumer> {
    auto& sql = link_->sql;
    const std::string_view name{x.name};
    // A webhook's consumer is created and deleted with the webhook.
    const auto webhook_id = webhook_of_consumer(name);
    if (webhook_id && !knows_webhook(*webhook_id))
      return failure{ec::not_found, "no consumer " + x.name, {}};
    sql.run(state_query::insert_consumer, name, x.initial, to_micros(now));
    opened_consumer opened;
    auto row = sql.query(state_query::consumer, name);
    if (!row.next())
      return failure{ec::internal, "a consumer vanished", {}};
    opened.record = consumer_of(*row);
    auto retries = sql.query(state_query::retries, name);
    while (retries.next())
      opened.retries.push_back(retry_of(*retries));
    if (webhook_id)
      add_last_statuses(*webhook_id, opened.retries);
    return opened;
  });
}

expected<consumer_records> sql_state_store::consumers() {
  return reading([&]() -> expected<consumer_records> {
    consumer_records all;
    auto row = link_->sql.query(state_query::consumers);
    while (row.next())
      all.push_back(consumer_of(*row));
    return all;
  });
}

expected<void> sql_state_store::pause(const pause_consumer& x, timestamp now) {
  return writing([&]() -> expected<void> {
    const int64_t changed = link_->sql.change(state_query::set_paused, std::string_view{x.name},
                                              x.paused, to_micros(now));
    if (changed == 0)
      return failure{ec::not_found, "no consumer " + x.name, {}};
    append_audit_row(operator_entry(x.by, now, x.paused ? "consumer.paused" : "consumer.resumed",
                                    "consumer:" + x.name));
    return {};
  });
}

} // namespace carillon::sql
