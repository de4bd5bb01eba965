#include "persistence/sqlite/state_session.hpp"

#include "persistence/sqlite/guard.hpp"

#include <optional>
#include <utility>

namespace carillon::sqlite {

namespace {

class state_statement final : public sql::statement {
public:
  state_statement(sqlite3* db, std::string_view text) : raw_(db, text) {
  }

  bool step() override {
    return raw_.step();
  }

  void reset() noexcept override {
    raw_.reset();
  }

  int64_t integer(int column) const override {
    return raw_.integer(column);
  }

  double real(int column) const override {
    return raw_.real(column);
  }

  std::string_view text(int column) const override {
    return raw_.text(column);
  }

  bool null(int column) const override {
    return raw_.null(column);
  }

private:
  void bind_integer(int index, int64_t x) override {
    raw_.bind(index, x);
  }

  void bind_real(int index, double x) override {
    raw_.bind(index, x);
  }

  void bind_text(int index, std::string_view x) override {
    raw_.bind(index, x);
  }

  void bind_bytes(int index, std::string_view x) override {
    raw_.bind(index, blob_view{x});
  }

  void bind_null(int index) override {
    raw_.bind(index, std::optional<int64_t>{});
  }

  sqlite::statement raw_;
};

class state_session final : public sql::session {
public:
  explicit state_session(const connection_options& x) : db_(x) {
  }

  std::unique_ptr<sql::statement> prepare(const sql::query_text& x) override {
    return std::make_unique<state_statement>(db_.handle(), x.text);
  }

  std::unique_ptr<sql::statement> prepare_own(const std::string& text, bool /*keep*/) override {
    return std::make_unique<state_statement>(db_.handle(), text);
  }

  int64_t changes() override {
    return sqlite3_changes(db_.handle());
  }

  void begin(sql::transaction_kind x) override {
    open_.emplace(db_, x == sql::transaction_kind::read ? transaction::kind::read
                                                        : transaction::kind::write);
  }

  bool wait_for_disk(bool on) override {
    if (std::exchange(waits_for_disk_, on) != on)
      db_.wait_for_disk(on);
    return on;
  }

  void commit() override {
    open_->commit();
    open_.reset();
  }

  void rollback() noexcept override {
    open_.reset();
  }

  void begin_part() override {
    db_.database().exec("SAVEPOINT part");
  }

  void end_part() override {
    db_.database().exec("RELEASE part");
  }

  void undo_part() override {
    db_.database().exec("ROLLBACK TO part; RELEASE part");
  }

  bool run_script(const std::string& statements) override {
    db_.database().exec(statements);
    return sqlite3_get_autocommit(db_.handle()) == 0;
  }

  /// Names of SQLite's own objects, such as `sqlite_sequence` and the indexes of keys, begin with
  /// `sqlite_`.
  std::string outline() override {
    statement all{db_.handle(),
                  "SELECT type, name, tbl_name, coalesce(sql, '') FROM sqlite_schema "
                  "WHERE tbl_name NOT LIKE 'sqlite~_%' ESCAPE '~' AND NOT "
                  "(tbl_name LIKE 'app~_%' ESCAPE '~' AND (name LIKE 'app~_%' ESCAPE '~' "
                  "OR name LIKE 'sqlite~_%' ESCAPE '~')) ORDER BY type, name"};
    std::string out;
    while (all.step())
      for (int i = 0; i < 4; ++i)
        out += all.string(i) + '\n';
    return out;
  }

  /// False after a failed rollback.
  bool usable() const noexcept override {
    return sqlite3_get_autocommit(db_.handle()) != 0;
  }

private:
  connection db_;
  bool waits_for_disk_ = true;
  std::optional<transaction> open_;
};

} // namespace

std::unique_ptr<sql::session> state_database::connect() const {
  return std::make_unique<state_session>(options_);
}

std::optional<std::string> state_database::blame_statement(const std::exception& x) const {
  const auto* known = dynamic_cast<const SQLite::Exception*>(&x);
  if (known == nullptr)
    return std::nullopt;
  switch (known->getErrorCode() & 0xff) {
  case SQLITE_ERROR:
  case SQLITE_CONSTRAINT:
  case SQLITE_MISMATCH:
  case SQLITE_TOOBIG:
  case SQLITE_RANGE:
  case SQLITE_AUTH:
    return known->what();
  default:
    return std::nullopt;
  }
}

failure state_database::to_failure(const std::exception& x) const noexcept {
  if (const auto* known = dynamic_cast<const SQLite::Exception*>(&x))
    return sqlite::to_failure(*known);
  if (dynamic_cast<const sql::damage*>(&x) != nullptr)
    return {ec::store_unavailable, "the store is damaged", {}};
  return sqlite::to_failure(x);
}

} // namespace carillon::sqlite
