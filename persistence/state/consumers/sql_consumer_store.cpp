#include "persistence/state/consumers/sql_consumer_store.hpp"

#include "persistence/state/operators/operator_audit.hpp"

namespace carillon::sql {

namespace {

namespace q {

const sql_query consumer{
  "consumer", "SELECT name, cursor, paused, last_error, updated_at, dead_letters, generation "
              "FROM consumers WHERE name = ?1"};
const sql_query consumers{
  "consumers", "SELECT name, cursor, paused, last_error, updated_at, dead_letters, generation "
               "FROM consumers ORDER BY name"};
const sql_query supersede{"supersede",
                          "UPDATE consumers SET generation = generation + 1 WHERE name = ?1"};
const sql_query set_paused{"set_paused",
                           "UPDATE consumers SET paused = ?2, updated_at = ?3 WHERE name = ?1"};
const sql_query retries{
  "retries", "SELECT seq, replay_id, attempts, due, order_key, last_error, first_failed_at "
             "FROM handler_retries WHERE consumer = ?1 ORDER BY due, seq, replay_id"};
const sql_query retry_summary{
  "retry_summary",
  "SELECT count(*), min(first_failed_at) FROM handler_retries WHERE consumer = ?1"};
const sql_query failures_of_event{
  "failures_of_event",
  "SELECT consumer, 0 FROM handler_retries WHERE seq = ?1 AND replay_id = 0 "
  "UNION ALL SELECT consumer, 1 FROM dead_letters WHERE seq = ?1 AND replay_id = 0"};

} // namespace q

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

expected<opened_consumer> sql_consumer_store::open(const open_consumer& x, timestamp now) {
  return db_.writing([&]() -> expected<opened_consumer> {
    auto& sql = db_.sql();
    const std::string_view name{x.name};
    if (!owner_.may_open(x.name))
      return failure{ec::not_found, "no consumer " + x.name, {}};
    table_.insert(x.name, x.initial, now);
    sql.run(q::supersede, name);
    opened_consumer opened;
    auto row = sql.query(q::consumer, name);
    if (!row.next())
      return failure{ec::internal, "a consumer vanished", {}};
    opened.record = consumer_of(*row);
    auto retries = sql.query(q::retries, name);
    while (retries.next())
      opened.retries.push_back(retry_of(*retries));
    owner_.add_last_statuses(x.name, opened.retries);
    return opened;
  });
}

expected<void> sql_consumer_store::commit(std::span<const consumer_commit_ptr> xs) {
  return commits_.apply(xs);
}

consumer_record sql_consumer_store::consumer_of(const statement& row) {
  consumer_record x{.name = row.string(0),
                    .cursor = row.number(1),
                    .generation = row.number(6),
                    .paused = row.integer(2) != 0,
                    .last_error = row.string(3),
                    .updated_at = from_micros(row.integer(4)),
                    .retrying = 0,
                    .dead_letters = row.number(5),
                    .oldest_failure = std::nullopt};
  auto summary = db_.sql().query(q::retry_summary, std::string_view{x.name});
  if (summary.next()) {
    x.retrying = summary->number(0);
    if (!summary->null(1))
      x.oldest_failure = from_micros(summary->integer(1));
  }
  return x;
}

expected<consumer_failures> sql_consumer_store::failures(const find_failures& x) {
  return db_.reading([&]() -> expected<consumer_failures> {
    consumer_failures out;
    auto row = db_.sql().query(q::failures_of_event, x.seq);
    while (row.next())
      out.push_back({.consumer = row->string(0), .dead = row->integer(1) != 0});
    return out;
  });
}

expected<consumer_records> sql_consumer_store::list() {
  return db_.reading([&]() -> expected<consumer_records> {
    consumer_records all;
    auto row = db_.sql().query(q::consumers);
    while (row.next())
      all.push_back(consumer_of(*row));
    return all;
  });
}

expected<void> sql_consumer_store::pause(const pause_consumer& x, timestamp now) {
  return db_.writing([&]() -> expected<void> {
    const int64_t changed
      = db_.sql().change(q::set_paused, std::string_view{x.name}, x.paused, to_micros(now));
    if (changed == 0)
      return failure{ec::not_found, "no consumer " + x.name, {}};
    audit_.append(operator_entry(x.by, now, x.paused ? "consumer.paused" : "consumer.resumed",
                                 "consumer:" + x.name));
    return {};
  });
}

} // namespace carillon::sql
