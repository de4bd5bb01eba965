#include "persistence/state/webhooks/secret_table.hpp"

#include <optional>

namespace carillon::sql {

namespace {

namespace q {

const sql_query secrets{
  "secrets", "SELECT sealed, created_at, expires_at FROM webhook_secrets WHERE webhook_id = ?1 "
             "ORDER BY number DESC"};
const sql_query count_secrets{"count_secrets",
                              "SELECT count(*) FROM webhook_secrets WHERE webhook_id = ?1"};
const sql_query insert_secret{
  "insert_secret", "INSERT INTO webhook_secrets VALUES (?1, (SELECT coalesce(max(number), 0) + 1 "
                   "FROM webhook_secrets WHERE webhook_id = ?1), ?2, ?3, ?4)"};
const sql_query limit_secrets{"limit_secrets",
                              "UPDATE webhook_secrets SET expires_at = ?2 WHERE webhook_id = ?1 "
                              "AND (expires_at IS NULL OR expires_at > ?2)"};
const sql_query erase_expired_secrets{
  "erase_expired_secrets",
  "DELETE FROM webhook_secrets WHERE webhook_id = ?1 AND expires_at <= ?2"};
const sql_query erase_secrets{"erase_secrets", "DELETE FROM webhook_secrets WHERE webhook_id = ?1"};

} // namespace q

} // namespace

std::vector<sealed_secret> secret_table::list(uint64_t webhook_id) {
  std::vector<sealed_secret> out;
  auto row = db_.sql().query(q::secrets, webhook_id);
  while (row.next()) {
    auto& secret = out.emplace_back();
    secret.sealed = row->string(0);
    secret.created_at = from_micros(row->integer(1));
    if (!row->null(2))
      secret.expires_at = from_micros(row->integer(2));
  }
  return out;
}

uint64_t secret_table::count(uint64_t webhook_id) {
  auto row = db_.sql().query(q::count_secrets, webhook_id);
  return row.next() ? row->number(0) : 0;
}

void secret_table::put(uint64_t webhook_id, const sealed_secret& x) {
  const auto expires
    = x.expires_at ? std::optional{to_micros(*x.expires_at)} : std::optional<int64_t>{};
  db_.sql().run(q::insert_secret, webhook_id, blob_view{x.sealed}, to_micros(x.created_at),
                expires);
}

void secret_table::limit(uint64_t webhook_id, timestamp at, timestamp now) {
  db_.sql().run(q::limit_secrets, webhook_id, to_micros(at));
  db_.sql().run(q::erase_expired_secrets, webhook_id, to_micros(now));
}

void secret_table::erase(uint64_t webhook_id) {
  db_.sql().run(q::erase_secrets, webhook_id);
}

} // namespace carillon::sql
