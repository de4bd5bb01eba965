#include "persistence/state/consumers/consumer_table.hpp"

#include <string_view>

namespace carillon::sql {

namespace {

namespace q {

const sql_query insert_consumer{
  "insert_consumer", "INSERT INTO consumers (name, cursor, updated_at) VALUES (?1, ?2, ?3) "
                     "ON CONFLICT (name) DO NOTHING"};
const sql_query erase_consumer{"erase_consumer", "DELETE FROM consumers WHERE name = ?1"};
const sql_query erase_retries{"erase_retries", "DELETE FROM handler_retries WHERE consumer = ?1"};
const sql_query erase_dead_letters{"erase_dead_letters",
                                   "DELETE FROM dead_letters WHERE consumer = ?1"};
const sql_query upsert_retry{
  "upsert_retry",
  "INSERT INTO handler_retries (consumer, seq, replay_id, attempts, due, order_key, "
  "last_error, first_failed_at) VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8) "
  "ON CONFLICT (consumer, seq, replay_id) DO UPDATE SET attempts = excluded.attempts, "
  "due = excluded.due, order_key = excluded.order_key, last_error = excluded.last_error, "
  "first_failed_at = excluded.first_failed_at"};
const sql_query count_dead_letters{
  "count_dead_letters", "UPDATE consumers SET dead_letters = dead_letters + ?2 WHERE name = ?1"};
// By event: a consumer may have very many.
const sql_query erase_dead_letter_of_delivery{
  "erase_dead_letter_of_delivery",
  "DELETE FROM dead_letters WHERE consumer || '' = ?1 AND seq = ?2 AND replay_id = ?3"};

} // namespace q

} // namespace

void consumer_table::insert(const std::string& name, position cursor, timestamp now) {
  db_.sql().run(q::insert_consumer, std::string_view{name}, cursor, to_micros(now));
}

void consumer_table::erase(const std::string& name) {
  auto& sql = db_.sql();
  sql.run(q::erase_consumer, std::string_view{name});
  sql.run(q::erase_retries, std::string_view{name});
  sql.run(q::erase_dead_letters, std::string_view{name});
}

void consumer_table::put_retry(const std::string& consumer, const retry_row& x) {
  db_.sql().run(q::upsert_retry, std::string_view{consumer}, x.seq, x.replay_id, x.attempts,
                to_micros(x.due), std::string_view{x.key}, std::string_view{x.last_error},
                to_micros(x.first_failed_at));
}

void consumer_table::count_dead_letters(const std::string& consumer, int64_t more) {
  db_.sql().run(q::count_dead_letters, std::string_view{consumer}, more);
}

void consumer_table::erase_dead_letter(const std::string& consumer, position seq,
                                       uint64_t replay_id) {
  const int64_t letters = db_.sql().change(q::erase_dead_letter_of_delivery,
                                           std::string_view{consumer}, seq, replay_id);
  if (letters > 0)
    count_dead_letters(consumer, -letters);
}

} // namespace carillon::sql
