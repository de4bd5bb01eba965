#include "persistence/state/operators/sql_node_key_store.hpp"

namespace carillon::sql {

namespace {

namespace q {

const sql_query note_node_key{"note_node_key",
                              "INSERT INTO node_key VALUES (1, ?1) ON CONFLICT (one) DO NOTHING"};
const sql_query replace_node_key{"replace_node_key",
                                 "UPDATE node_key SET fingerprint = ?1 WHERE one = 1"};
const sql_query node_key{"node_key", "SELECT fingerprint FROM node_key WHERE one = 1"};

} // namespace q

} // namespace

expected<std::string> sql_node_key_store::fingerprint(std::string_view mine) {
  return db_.writing([&]() -> expected<std::string> {
    auto& sql = db_.sql();
    if (!mine.empty())
      sql.run(q::note_node_key, mine);
    auto row = sql.query(q::node_key);
    return row.next() ? row->string(0) : std::string{};
  });
}

expected<void> sql_node_key_store::replace(std::string_view mine) {
  return db_.writing([&]() -> expected<void> {
    auto& sql = db_.sql();
    sql.run(q::note_node_key, mine);
    sql.run(q::replace_node_key, mine);
    return {};
  });
}

} // namespace carillon::sql
