#pragma once

#include "base/failure.hpp"
#include "persistence/state/sql/query_text.hpp"
#include "persistence/state/sql/statement.hpp"

#include <cstdint>
#include <exception>
#include <memory>
#include <optional>
#include <stdexcept>
#include <string>

namespace carillon::sql {

/// Thrown for invalid data in the store.
class damage : public std::runtime_error {
public:
  using std::runtime_error::runtime_error;
};

enum class transaction_kind : uint8_t {
  /// Reads one snapshot.
  read,
  /// Excludes other writers.
  write,
};

/// A connection to a database. One thread. Failures throw; `backend::to_failure` translates them.
class session {
public:
  session() = default;
  session(const session&) = delete;
  session& operator=(const session&) = delete;
  virtual ~session() = default;

  virtual std::unique_ptr<statement> prepare(const query_text& x) = 0;

  /// A statement of an application, with parameters `?1`, `?2` …
  /// @param keep false: it runs once
  virtual std::unique_ptr<statement> prepare_own(const std::string& text, bool keep) = 0;

  /// Number of rows that the last statement changed.
  virtual int64_t changes() = 0;

  virtual void begin(transaction_kind x) = 0;

  /// Between transactions: whether commits from now on have to wait for the disk. Returns whether
  /// they do: a database may always wait. A commit that does, and writes something, makes those
  /// before it durable, too.
  virtual bool wait_for_disk(bool /*on*/) {
    return true;
  }

  /// Returns when the writes are durable, see `wait_for_disk`.
  virtual void commit() = 0;

  /// Ends the transaction, if it has not ended by itself.
  virtual void rollback() noexcept = 0;

  /// Begins a part of a writing transaction, which can be undone alone. Parts are not nested.
  virtual void begin_part() = 0;

  /// Throws at the latest now if a statement of the part failed.
  virtual void end_part() = 0;

  /// Undoes what has happened since `begin_part`, also after a statement that failed.
  virtual void undo_part() = 0;

  /// Runs any statements within a writing transaction. Returns false if they ended it.
  virtual bool run_script(const std::string& statements) = 0;

  /// Describes all tables, indexes and the like that are not an application's, whose names do not
  /// begin with `app_`: to tell whether a script changed them.
  virtual std::string outline() = 0;

  /// False if it cannot be used any more and must be replaced.
  virtual bool usable() const noexcept = 0;

  /// Names the transaction if its `commit` failed and may have taken place nevertheless; empty
  /// otherwise, and from the next `begin` on.
  virtual std::string doubt() const {
    return {};
  }

  /// Within a writing transaction: whether the transaction of this name took place.
  virtual bool took_place(const std::string& /*name*/) {
    return false;
  }
};

/// A database.
class backend {
public:
  backend() = default;
  backend(const backend&) = delete;
  backend& operator=(const backend&) = delete;
  virtual ~backend() = default;

  virtual std::unique_ptr<session> connect() const = 0;

  /// The failure for the callers of a call that threw, in words without SQL, paths or addresses.
  virtual failure to_failure(const std::exception& x) const noexcept = 0;

  /// Why a statement of an application failed, for the operator, if the statement or its values are
  /// at fault; empty if it is the store.
  virtual std::optional<std::string> blame_statement(const std::exception& x) const = 0;
};

/// A transaction; rolled back at the end of the scope unless it was committed.
class transaction {
public:
  transaction(session& x, transaction_kind kind) : session_(x) {
    try {
      x.begin(kind);
    } catch (...) {
      // It may have begun and hold locks.
      x.rollback();
      throw;
    }
  }
  transaction(const transaction&) = delete;
  transaction& operator=(const transaction&) = delete;
  ~transaction() {
    if (open_)
      session_.rollback();
  }

  void commit() {
    session_.commit();
    open_ = false;
  }

private:
  session& session_;
  bool open_ = true;
};

} // namespace carillon::sql
