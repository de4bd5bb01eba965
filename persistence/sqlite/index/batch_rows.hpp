#pragma once

#include "messages/events/event.hpp"
#include "persistence/sqlite/statement.hpp"

#include <cstdint>
#include <span>
#include <string_view>

namespace carillon::sqlite {

/// A row that enters a table of the index.
struct batch_row {
  /// A name or an id. Lives until the statement is reset.
  std::string_view key;
  position seq = 0;
  /// Of an id: hashes of its company and source.
  int64_t company = 0;
  int64_t source = 0;
};

/// Rows that a statement reads as a table, `batch(?n)` with the columns text, blob (both the key),
/// seq, company and source: one statement inserts them all. A statement per row spends a third of
/// its time on being started.
struct batch_rows {
  std::span<const batch_row> all;
};

/// Makes the table known to a connection. Throws SQLite::Exception.
void add_batch_table(sqlite3* db);

/// Binds rows to a parameter. They live until the statement is reset.
void bind_rows(statement& to, int index, const batch_rows& x);

} // namespace carillon::sqlite
