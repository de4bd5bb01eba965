#pragma once

#include "persistence/sqlite/statement.hpp"

#include <SQLiteCpp/Database.h>

#include <chrono>
#include <cstdint>
#include <filesystem>
#include <string>

namespace carillon::sqlite {

enum class access : uint8_t {
  /// Makes the file if it is missing.
  write,
  read,
};

enum class durability : uint8_t {
  /// A commit returns after fsync.
  full,
  /// After a power cut the last commits may be gone; never inconsistent.
  normal,
};

struct connection_options {
  std::filesystem::path file;
  sqlite::access access = access::read;
  sqlite::durability durability = durability::full;
  size_t cache_bytes = 16UL * 1024 * 1024;
  std::chrono::milliseconds busy_timeout{5'000};
  /// Name of the SQLite VFS; empty = the default one.
  std::string vfs;
};

/// One connection to one file in WAL mode, without automatic checkpoints: the
/// checkpointer does them. Belongs to one thread. Calls throw SQLite::Exception.
class connection {
public:
  explicit connection(const connection_options& x);
  connection(const connection&) = delete;
  connection& operator=(const connection&) = delete;

  sqlite3* handle() const noexcept {
    return database_.getHandle();
  }

  SQLite::Database& database() noexcept {
    return database_;
  }

  /// Between transactions: true = `durability::full` from now on, false = `normal`.
  void wait_for_disk(bool on);

private:
  friend class transaction;

  SQLite::Database database_;
  statement begin_;
  statement begin_immediate_;
  statement commit_;
  statement rollback_;
};

/// A transaction; rolled back at the end of the scope unless it was committed.
class transaction {
public:
  enum class kind : uint8_t {
    /// Reads one snapshot, which the first statement takes.
    read,
    /// Takes the write lock at once.
    write,
  };

  transaction(connection& x, kind k);
  transaction(const transaction&) = delete;
  transaction& operator=(const transaction&) = delete;
  ~transaction();

  void commit();

private:
  connection& connection_;
  bool open_ = true;
};

} // namespace carillon::sqlite
