#pragma once

#include "base/failure.hpp"
#include "base/time.hpp"
#include "persistence/postgres/connection.hpp"

#include <span>
#include <string_view>

namespace carillon::postgres {

/// File names below `migrations/`, ascending, compiled in: `0001_log.sql` is step 1.
std::span<const std::string_view> migration_names() noexcept;
std::string_view migration_text(std::string_view name) noexcept;

/// Errors: `store_unavailable`: the server is too old, or the database is not in UTF-8. Throws.
expected<void> check_server(connection& db);

/// Version of a schema.
struct schema_state {
  /// Applied steps.
  int64_t applied = 0;
  /// Steps that this program knows.
  int64_t known = 0;
};

/// Errors: `store_too_new`. Throws.
expected<schema_state> state_of_schema(connection& db);

/// Applies the missing steps, each in its own transaction, under a lock. Errors: `store_too_new`.
/// Throws.
expected<void> migrate(connection& db, timestamp now);

} // namespace carillon::postgres
