#include "persistence/state/consumers/sql_remote_consumer_store.hpp"

#include "persistence/state/operators/operator_audit.hpp"

#include <string_view>

namespace carillon::sql {

namespace {

namespace q {

const sql_query put_remote{"put_remote",
                           "INSERT INTO remote_consumers (name, settings, created_at, updated_at) "
                           "VALUES (?1, ?2, ?3, ?3) ON CONFLICT (name) DO UPDATE SET "
                           "settings = excluded.settings, updated_at = excluded.updated_at"};
const sql_query erase_remote{"erase_remote", "DELETE FROM remote_consumers WHERE name = ?1"};
const sql_query remotes{"remotes", "SELECT name, settings FROM remote_consumers ORDER BY name"};

} // namespace q

audit_entry entry_of(const operator_stamp& by, timestamp now, std::string action,
                     const std::string& name) {
  return operator_entry(by, now, std::move(action), "consumer:" + name);
}

} // namespace

expected<void> sql_remote_consumer_store::put(const put_remote_consumer& x, timestamp now) {
  return db_.writing([&]() -> expected<void> {
    const auto settings = to_json(x.consumer);
    db_.sql().run(q::put_remote, std::string_view{x.consumer.name}, std::string_view{settings},
                  to_micros(now));
    auto entry = entry_of(x.by, now, "consumer.put", x.consumer.name);
    entry.company_id = x.consumer.company_id.value_or(std::string{});
    entry.detail = settings;
    audit_.append(entry);
    return {};
  });
}

expected<void> sql_remote_consumer_store::remove(const remove_remote_consumer& x, timestamp now) {
  return db_.writing([&]() -> expected<void> {
    if (db_.sql().change(q::erase_remote, std::string_view{x.name}) == 0)
      return failure{ec::not_found, "there is no remote consumer named '" + x.name + "'", "name"};
    table_.erase(x.name);
    audit_.append(entry_of(x.by, now, "consumer.deleted", x.name));
    return {};
  });
}

expected<remote_consumers> sql_remote_consumer_store::list() {
  return db_.reading([&]() -> expected<remote_consumers> {
    remote_consumers all;
    auto row = db_.sql().query(q::remotes);
    while (row.next()) {
      auto x = remote_consumer_from_json(row->string(0), row->string(1));
      if (!x)
        return failure{ec::store_corrupt,
                       "the settings of the remote consumer " + row->string(0)
                         + " cannot be read: " + x.error().detail,
                       {}};
      all.push_back(std::move(*x));
    }
    return all;
  });
}

} // namespace carillon::sql
