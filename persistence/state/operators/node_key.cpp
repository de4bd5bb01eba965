#include "persistence/state/sql_state_store.hpp"

// The key that secrets are sealed with.

namespace carillon::sql {

expected<std::string> sql_state_store::node_key(std::string_view mine) {
  return writing([&]() -> expected<std::string> {
    auto& sql = link_->webhooks;
    if (!mine.empty())
      sql.run(webhook_query::note_node_key, mine);
    auto row = sql.query(webhook_query::node_key);
    return row.next() ? row->string(0) : std::string{};
  });
}

expected<void> sql_state_store::replace_node_key(std::string_view mine) {
  return writing([&]() -> expected<void> {
    auto& sql = link_->webhooks;
    sql.run(webhook_query::note_node_key, mine);
    sql.run(webhook_query::replace_node_key, mine);
    return {};
  });
}

} // namespace carillon::sql
