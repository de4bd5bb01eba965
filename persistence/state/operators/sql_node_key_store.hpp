#pragma once

#include "persistence/state/operators/node_key_store.hpp"
#include "persistence/state/sql/state_connection.hpp"

namespace carillon::sql {

/// The key that secrets are sealed with, in SQL.
class sql_node_key_store final : public node_key_store {
public:
  explicit sql_node_key_store(state_connection& db) noexcept : db_(db) {
  }

  expected<std::string> fingerprint(std::string_view mine) override;
  expected<void> replace(std::string_view mine) override;

private:
  state_connection& db_;
};

} // namespace carillon::sql
