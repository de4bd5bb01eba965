#include "persistence/state/operators/sql_access_store.hpp"

#include "persistence/state/operators/operator_audit.hpp"

#include <optional>

namespace carillon::sql {

namespace {

namespace q {

const sql_query insert_key{
  "insert_key", "INSERT INTO api_keys (name, role, company_id, hash, created_at, consumers, "
                "certificate, expires_at, break_glass) VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9) "
                "ON CONFLICT DO NOTHING RETURNING id"};
const sql_query key{
  "key", "SELECT id, name, role, company_id, hash, created_at, consumers, certificate, expires_at, "
         "last_used_at, break_glass FROM api_keys WHERE id = ?1"};
const sql_query erase_key{"erase_key", "DELETE FROM api_keys WHERE id = ?1"};
const sql_query keys{
  "keys",
  "SELECT id, name, role, company_id, hash, created_at, consumers, certificate, expires_at, "
  "last_used_at, break_glass FROM api_keys ORDER BY id"};
const sql_query note_use{
  "note_use", "UPDATE api_keys SET last_used_at = ?2 WHERE id = ?1 AND last_used_at < ?2"};
const sql_query put_type{
  "put_type",
  "INSERT INTO event_types (type, audience, schema, created_at) VALUES (?1, ?2, ?3, ?4) "
  "ON CONFLICT (type) DO UPDATE SET audience = excluded.audience, "
  "schema = excluded.schema, created_at = excluded.created_at"};
const sql_query erase_type{"erase_type", "DELETE FROM event_types WHERE type = ?1"};
const sql_query types{"types",
                      "SELECT type, audience, schema, created_at FROM event_types ORDER BY type"};

} // namespace q

/// A time that is stored as 0 if there is none.
std::optional<timestamp> time_of(int64_t micros) {
  return micros == 0 ? std::nullopt : std::optional{from_micros(micros)};
}

api_key key_of(const statement& row) {
  return {.id = row.number(0),
          .name = row.string(1),
          .role = static_cast<role>(row.integer(2)),
          .company_id = row.string(3),
          .consumers = row.string(6),
          .hash = row.string(4),
          .certificate = row.string(7),
          .created_at = from_micros(row.integer(5)),
          .expires_at = time_of(row.integer(8)),
          .last_used_at = time_of(row.integer(9)),
          .break_glass = row.integer(10) != 0};
}

registered_type type_of(const statement& row) {
  return {.type = row.string(0),
          .audience = static_cast<audience>(row.integer(1) & 3),
          .schema = row.string(2),
          .created_at = from_micros(row.integer(3))};
}

audit_entry entry_of(const operator_stamp& by, timestamp now, std::string action,
                     const api_key& key) {
  auto entry = operator_entry(by, now, std::move(action), "key:" + std::to_string(key.id));
  entry.company_id = key.company_id;
  audit_detail detail;
  detail.add("name", std::string_view{key.name}).add("role", name_of(key.role));
  if (key.expires_at)
    detail.add("expiresAt", to_rfc3339(*key.expires_at));
  if (key.break_glass)
    detail.add_json("breakGlass", "true");
  entry.detail = detail.text();
  return entry;
}

} // namespace

expected<api_key> sql_access_store::create(const create_api_key& x, timestamp now) {
  return db_.writing([&]() -> expected<api_key> {
    auto key = x.key;
    key.created_at = now;
    {
      auto row = db_.sql().query(
        q::insert_key, std::string_view{key.name}, static_cast<int64_t>(key.role),
        std::string_view{key.company_id}, std::string_view{key.hash}, to_micros(now),
        std::string_view{key.consumers}, std::string_view{key.certificate},
        key.expires_at ? to_micros(*key.expires_at) : int64_t{0}, int64_t{key.break_glass ? 1 : 0});
      if (!row.next())
        return failure{ec::conflict, "a key with this text or this certificate exists already", {}};
      key.id = row->number(0);
      row.next();
    }
    audit_.append(entry_of(x.by, now, "key.created", key));
    return key;
  });
}

expected<void> sql_access_store::remove(const delete_api_key& x, timestamp now) {
  return db_.writing([&]() -> expected<void> {
    std::optional<api_key> key;
    {
      auto row = db_.sql().query(q::key, x.id);
      if (row.next())
        key = key_of(*row);
    }
    if (!key)
      return failure{ec::not_found, "no key " + std::to_string(x.id), {}};
    db_.sql().run(q::erase_key, x.id);
    audit_.append(entry_of(x.by, now, "key.deleted", *key));
    return {};
  });
}

expected<api_keys> sql_access_store::keys() {
  return db_.reading([&]() -> expected<api_keys> {
    api_keys all;
    auto row = db_.sql().query(q::keys);
    while (row.next())
      all.push_back(key_of(*row));
    return all;
  });
}

expected<void> sql_access_store::note(const note_key_uses& x) {
  return db_.writing([&]() -> expected<void> {
    for (const auto& use : x.uses)
      db_.sql().run(q::note_use, use.id, to_micros(use.at));
    return {};
  });
}

expected<void> sql_access_store::put(const put_event_type& x, timestamp now) {
  return db_.writing([&]() -> expected<void> {
    const auto& t = x.type;
    if (t.schema.empty()) {
      db_.sql().run(q::erase_type, std::string_view{t.type});
      audit_.append(operator_entry(x.by, now, "type.deleted", "type:" + t.type));
      return {};
    }
    db_.sql().run(q::put_type, std::string_view{t.type}, static_cast<int64_t>(t.audience),
                  std::string_view{t.schema}, to_micros(now));
    auto entry = operator_entry(x.by, now, "type.registered", "type:" + t.type);
    entry.detail = audit_detail{}.add("audience", name_of(t.audience)).text();
    audit_.append(entry);
    return {};
  });
}

expected<registered_types> sql_access_store::event_types() {
  return db_.reading([&]() -> expected<registered_types> {
    registered_types all;
    auto row = db_.sql().query(q::types);
    while (row.next())
      all.push_back(type_of(*row));
    return all;
  });
}

} // namespace carillon::sql
