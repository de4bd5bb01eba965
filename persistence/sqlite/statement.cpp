#include "persistence/sqlite/statement.hpp"

#include <SQLiteCpp/Exception.h>

namespace carillon::sqlite {

void raise(sqlite3* db, int code) {
  throw SQLite::Exception(db, code);
}

statement::statement(sqlite3* db, std::string_view sql) {
  const int code = sqlite3_prepare_v3(db, sql.data(), static_cast<int>(sql.size()),
                                      SQLITE_PREPARE_PERSISTENT, &raw_, nullptr);
  if (code != SQLITE_OK)
    raise(db, code);
}

} // namespace carillon::sqlite
