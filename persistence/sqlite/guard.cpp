#include "persistence/sqlite/guard.hpp"

#include <sqlite3.h>

namespace carillon::sqlite {

namespace {

const char* reason(int code) {
  switch (code & 0xff) {
  case SQLITE_FULL:
    return "the disk is full";
  case SQLITE_BUSY:
  case SQLITE_LOCKED:
    return "the store is busy";
  case SQLITE_CORRUPT:
  case SQLITE_NOTADB:
    return "the store is damaged";
  case SQLITE_READONLY:
    return "the store is open for reading only";
  case SQLITE_NOMEM:
    return "out of memory";
  case SQLITE_CANTOPEN:
    return "the store cannot be opened";
  case SQLITE_IOERR:
    return "the disk reported an error";
  default:
    return "the store refused the operation";
  }
}

} // namespace

failure to_failure(const SQLite::Exception& x) {
  const int code = x.getExtendedErrorCode() != -1 ? x.getExtendedErrorCode() : x.getErrorCode();
  return {ec::store_unavailable, std::string{reason(code)} + " (" + std::to_string(code) + ")", {}};
}

failure to_failure(const std::exception& x) {
  if (dynamic_cast<const std::bad_alloc*>(&x) != nullptr)
    return {ec::store_unavailable, "out of memory", {}};
  return {ec::internal, "the store failed in an unexpected way", {}};
}

bool is_damage(const SQLite::Exception& x) noexcept {
  const int code = x.getErrorCode() & 0xff;
  return code == SQLITE_CORRUPT || code == SQLITE_NOTADB;
}

} // namespace carillon::sqlite
