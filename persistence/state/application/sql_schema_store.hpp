#pragma once

#include "persistence/state/application/schema_store.hpp"
#include "persistence/state/sql/state_connection.hpp"

#include <cstdint>
#include <map>
#include <string>

namespace carillon::sql {

/// An application's own tables, in SQL. The applied steps are noted in the table
/// `app_schema_steps`, which the first of them makes.
class sql_schema_store final : public schema_store {
public:
  explicit sql_schema_store(state_connection& db) noexcept : db_(db) {
  }

  expected<void> apply(std::span<const schema_step> steps, timestamp now) override;

private:
  /// Digest of each applied step, by its version.
  using applied_steps = std::map<uint32_t, std::string>;

  expected<applied_steps> read_applied();
  /// Within a writing transaction.
  expected<void> apply(const schema_step& x, timestamp now);
  expected<void> run(const schema_step& x);

  state_connection& db_;
};

} // namespace carillon::sql
