#pragma once

#include "persistence/rows_of.hpp"

#include <sqlite3.h>

#include <concepts>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <type_traits>
#include <utility>

namespace carillon::sqlite {

/// Throws the SQLite::Exception for the last failure on `db`.
[[noreturn]] void raise(sqlite3* db, int code);

/// A blob to bind; SQLite tells text and blobs apart.
struct blob_view {
  std::string_view bytes;
};

/// A prepared statement. SQLiteCpp's class copies every text that it binds or reads and counts
/// references per column, which is too slow for rows of the log. Every call that fails throws
/// SQLite::Exception.
class statement {
public:
  statement(sqlite3* db, std::string_view sql);
  statement(statement&& x) noexcept : raw_(std::exchange(x.raw_, nullptr)) {
  }
  statement(const statement&) = delete;
  statement& operator=(const statement&) = delete;
  statement& operator=(statement&&) = delete;
  ~statement() {
    sqlite3_finalize(raw_);
  }

  template <std::integral T>
  void bind(int index, T x) {
    check(sqlite3_bind_int64(raw_, index, static_cast<int64_t>(x)));
  }

  void bind(int index, double x) {
    check(sqlite3_bind_double(raw_, index, x));
  }

  /// Texts and blobs are not copied: they must live until the statement is reset.
  void bind(int index, std::string_view x) {
    const char* p = x.empty() ? "" : x.data();
    check(sqlite3_bind_text(raw_, index, p, static_cast<int>(x.size()), SQLITE_STATIC));
  }

  void bind(int index, blob_view x) {
    const int size = static_cast<int>(x.bytes.size());
    check(sqlite3_bind_blob(raw_, index, x.bytes.data(), size, SQLITE_STATIC));
  }

  /// A pointer for a virtual table that knows its type.
  void bind(int index, const void* x, const char* type) {
    check(sqlite3_bind_pointer(raw_, index, const_cast<void*>(x), type, nullptr));
  }

  template <class T>
  void bind(int index, const std::optional<T>& x) {
    if (x)
      bind(index, *x);
    else
      check(sqlite3_bind_null(raw_, index));
  }

  /// Binds 1, 2, 3 … in order.
  template <class... Ts>
  void bind_all(const Ts&... xs) {
    int index = 0;
    (bind(++index, xs), ...);
  }

  /// True if there is a row.
  bool step() {
    const int code = sqlite3_step(raw_);
    if (code == SQLITE_ROW)
      return true;
    if (code != SQLITE_DONE)
      raise(sqlite3_db_handle(raw_), code);
    return false;
  }

  void reset() noexcept {
    sqlite3_reset(raw_);
  }

  int64_t integer(int column) const {
    return sqlite3_column_int64(raw_, column);
  }

  uint64_t number(int column) const {
    return static_cast<uint64_t>(integer(column));
  }

  double real(int column) const {
    return sqlite3_column_double(raw_, column);
  }

  /// Text or blob; valid until the next step or reset. Read as a blob, because SQLite would copy a
  /// text to terminate it.
  std::string_view text(int column) const {
    const void* p = sqlite3_column_blob(raw_, column);
    const auto size = static_cast<size_t>(sqlite3_column_bytes(raw_, column));
    return {static_cast<const char*>(p), p == nullptr ? 0 : size};
  }

  std::string string(int column) const {
    return std::string{text(column)};
  }

  bool null(int column) const {
    return sqlite3_column_type(raw_, column) == SQLITE_NULL;
  }

private:
  void check(int code) const {
    if (code != SQLITE_OK)
      raise(sqlite3_db_handle(raw_), code);
  }

  sqlite3_stmt* raw_ = nullptr;
};

class rows : public rows_of<statement> {
public:
  using rows_of::rows_of;
};

} // namespace carillon::sqlite
