#pragma once

#include "base/failure.hpp"
#include "base/time.hpp"
#include "persistence/postgres/connection.hpp"

#include <cstdint>
#include <span>
#include <string_view>
#include <vector>

namespace carillon::postgres {

/// File names below `migrations/`, ascending, compiled in: `0001_log.sql` is step 1.
std::span<const std::string_view> migration_names() noexcept;
std::string_view migration_text(std::string_view name) noexcept;

/// A step of the schema.
struct schema_step {
  std::string_view name;
  std::string_view text;
};

/// The steps that are compiled in, ascending. Another list is that of a program of another version.
using schema_steps = std::vector<schema_step>;
schema_steps own_steps();

/// True if programs that do not know the step may use the tables after it: its text begins with
/// `-- Additive:`. It adds tables, indexes, or columns that have a default, and what it adds may
/// stay empty.
bool is_additive(std::string_view text) noexcept;

/// Errors: `store_unavailable`: the server is too old, or the database is not in UTF-8. Throws.
expected<void> check_server(connection& db);

/// Version of a schema.
struct schema_state {
  /// Applied steps. Those beyond `known` are additive.
  int64_t applied = 0;
  /// Steps that this program knows.
  int64_t known = 0;

  /// All that this program knows is there.
  bool is_complete() const noexcept {
    return applied >= known;
  }
};

/// Errors: `store_too_new`: it has a step that this program does not know, and that is not
/// additive. Throws.
expected<schema_state> state_of_schema(connection& db, const schema_steps& steps = own_steps());

/// Applies the missing steps, each in its own transaction, under a lock. Errors: `store_too_new`.
/// Throws.
expected<void> migrate(connection& db, timestamp now, const schema_steps& steps = own_steps());

} // namespace carillon::postgres
