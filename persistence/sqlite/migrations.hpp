#pragma once

#include "base/failure.hpp"
#include "base/time.hpp"
#include "persistence/sqlite/connection.hpp"

#include <cstdint>
#include <span>
#include <string_view>

namespace carillon::sqlite {

/// One step of a schema.
struct migration {
  /// 1, 2, 3 …, dense.
  int64_t number;
  const char* name;
  const char* sql;
};

/// The expected identity of a file.
struct schema {
  /// SQLite's application id, so that no file is mistaken for another.
  int32_t application_id;
  std::span<const migration> migrations;
};

/// The steps in `migrations/`, compiled in.
std::span<const migration> events_migrations() noexcept;
std::span<const migration> index_migrations() noexcept;
std::span<const migration> state_migrations() noexcept;

schema events_schema() noexcept;
schema index_schema() noexcept;
schema state_schema() noexcept;

/// Number of the last applied step, if the file is of the expected kind. Errors: `store_corrupt`,
/// `store_too_new`. Throws SQLite::Exception.
expected<int64_t> version_of(connection& db, const schema& x);

/// Checks that the file is of the expected kind and applies the missing steps, in one transaction.
/// Errors: `store_corrupt`, `store_too_new`; the detail names the file. Throws SQLite::Exception.
expected<void> migrate(connection& db, const schema& x, timestamp now);

/// The same without any change: a file that lacks steps is rejected with `store_unavailable`.
expected<void> check_schema(connection& db, const schema& x);

} // namespace carillon::sqlite
