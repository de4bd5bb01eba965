#include "persistence/postgres/state_session.hpp"

#include "persistence/postgres/advisory.hpp"
#include "persistence/postgres/column_text.hpp"
#include "persistence/postgres/faults.hpp"
#include "persistence/state/sql/own_sql.hpp"

#include <cstdlib>
#include <optional>
#include <utility>
#include <vector>

namespace carillon::postgres {

namespace {

/// Type number of `bytea` in the catalogue.
constexpr unsigned bytes_type = 17;

/// Rows fetched at a time from a statement that may have very many.
constexpr const char* page = "500";

/// Pending statements are sent when they exceed this.
constexpr size_t most_pending_bytes = 256UL * 1024;
/// Most pending statements: the server's time limit is for each of them, ours covers all.
constexpr size_t most_pending = 500;

/// Parameters of a statement; without a value: NULL.
using values = std::vector<std::optional<std::string>>;

class state_session;

class state_statement final : public sql::statement {
public:
  state_statement(state_session& session, const sql::query_text& x, uint64_t number)
    : session_(session), number_(std::to_string(number)), text_(x.text_for_postgres),
      streams_(x.streams) {
  }

  /// @param number empty: it is not prepared, and runs once
  state_statement(state_session& session, std::string text, std::string number)
    : session_(session), number_(std::move(number)), text_(std::move(text)), streams_(false) {
  }

  bool step() override;
  void execute() override;

  void reset() noexcept override {
    rows_.reset();
    parameters_.clear();
    decoded_.clear();
    next_ = 0;
  }

  int64_t integer(int column) const override {
    const auto* x = field(column).c_str();
    if (*x == 't' || *x == 'f')
      return *x == 't' ? 1 : 0;
    return std::strtoll(x, nullptr, 10);
  }

  double real(int column) const override {
    return std::strtod(field(column).c_str(), nullptr);
  }

  std::string_view text(int column) const override {
    auto x = field(column);
    std::string_view raw{x.c_str(), x.size()};
    if (x.is_null() || x.type() != bytes_type)
      return x.is_null() ? std::string_view{} : raw;
    decoded_.push_back(std::make_unique<std::string>(bytes_from(raw)));
    return *decoded_.back();
  }

  bool null(int column) const override {
    return field(column).is_null();
  }

private:
  void bind_integer(int index, int64_t x) override {
    put(index, std::to_string(x));
  }

  void bind_real(int index, double x) override {
    put(index, pqxx::to_string(x));
  }

  void bind_text(int index, std::string_view x) override {
    put(index, text_from(x));
  }

  void bind_bytes(int index, std::string_view x) override {
    put(index, hex_of(x));
  }

  void bind_null(int index) override {
    put(index, std::nullopt);
  }

  void put(int index, std::optional<std::string> x) {
    auto at = static_cast<size_t>(index) - 1;
    if (parameters_.size() <= at)
      parameters_.resize(at + 1);
    parameters_[at] = std::move(x);
  }

  pqxx::field field(int column) const {
    return (*rows_)[next_ - 1][column];
  }

  state_session& session_;
  std::string number_;
  std::string text_;
  bool streams_;
  std::string cursor_;
  values parameters_;
  std::optional<pqxx::result> rows_;
  /// The row of the next `step`.
  pqxx::result::size_type next_ = 0;
  mutable std::vector<std::unique_ptr<std::string>> decoded_;
};

class state_session final : public sql::session {
public:
  state_session(const std::string& url, const postgres_options& options,
                std::shared_ptr<node_lock> lock, trouble_listener tell)
    : db(url, options, lock == nullptr), lock_(std::move(lock)), tell_(std::move(tell)) {
    // One plan per statement for all values: the one that a test checks.
    db.on_connect("SET plan_cache_mode = force_generic_plan");
  }

  std::unique_ptr<sql::statement> prepare(const sql::query_text& x) override {
    return std::make_unique<state_statement>(*this, x, ++statements_);
  }

  std::unique_ptr<sql::statement> prepare_own(const std::string& text, bool keep) override {
    return std::make_unique<state_statement>(*this, sql::with_dollars(text),
                                             keep ? std::to_string(++statements_) : std::string{});
  }

  int64_t changes() override {
    flush();
    return changed_;
  }

  void begin(sql::transaction_kind x) override {
    transaction_.clear();
    doubt_.clear();
    take_pending();
    if (x == sql::transaction_kind::read) {
      db.begin("BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY");
      return;
    }
    // Each statement has its own snapshot: the last one sees all writes before we got the lock.
    auto found = begin_to_write();
    transaction_ = found[0][0].c_str();
    if (!lock_)
      return;
    if (db.generation() != generation_) {
      lock_->keep();
      generation_ = db.generation();
    }
    if (found[0][1].as<int64_t>() != lock_->epoch())
      throw superseded{};
  }

  void commit() override {
    // What was there when the connection was made may be on this server only, and an answer may
    // rest on it though nothing is written. See `connection::confirm`.
    const bool confirms = !transaction_.empty() && db.generation() != confirmed_;
    try {
      db.commit(take_pending() + (confirms ? statement_to_write : "") + "COMMIT", transaction_);
      if (!transaction_.empty())
        confirmed_ = db.generation();
    } catch (const std::exception&) {
      confirmed_ = 0;
      if (db.in_doubt())
        doubt_ = transaction_;
      throw;
    }
  }

  std::string doubt() const override {
    return doubt_;
  }

  bool took_place(const std::string& name) override {
    // The transaction has ended, since we hold its lock. A server that does not know its number has
    // lost it.
    auto found = db.run_once("SELECT pg_xact_status($1::text::xid8) = 'committed' WHERE "
                             "$1::text::xid8 < pg_snapshot_xmax(pg_current_snapshot())",
                             {name.c_str()});
    return !found.empty() && std::string_view{found[0][0].c_str()} == "t";
  }

  void rollback() noexcept override {
    take_pending();
    db.rollback();
  }

  void begin_part() override {
    db.run(take_pending() + "SAVEPOINT part");
  }

  /// Constraints that the application deferred would otherwise fail the commit of all.
  void end_part() override {
    db.run(take_pending() + "SET CONSTRAINTS ALL IMMEDIATE; RELEASE SAVEPOINT part");
  }

  void undo_part() override {
    take_pending();
    db.run("ROLLBACK TO SAVEPOINT part; RELEASE SAVEPOINT part");
  }

  bool run_script(const std::string& statements) override {
    flush();
    db.run(statements);
    auto found = db.run("SELECT coalesce(pg_current_xact_id_if_assigned()::text, '')");
    return transaction_ == found[0][0].c_str();
  }

  std::string outline() override {
    auto found = db.run(
      "SELECT coalesce(string_agg(concat_ws(' ', c.relname, c.relkind, a.attname, a.atttypid), ',' "
      "ORDER BY c.relname, a.attnum), '') FROM pg_class c LEFT JOIN pg_attribute a "
      "ON a.attrelid = c.oid AND a.attnum > 0 WHERE c.relname NOT LIKE 'app\\_%' "
      "AND c.relnamespace = (SELECT oid FROM pg_namespace WHERE nspname = current_schema())");
    return found[0][0].c_str();
  }

  /// It connects again by itself.
  bool usable() const noexcept override {
    return true;
  }

  /// Defers a statement whose result is not awaited: a round trip costs more than most of them.
  void defer(const std::string& name, const std::string& text, const values& xs) {
    db.prepare(name, text);
    add_pending(name, xs);
    if (pending_.size() > most_pending_bytes || ++pending_count_ >= most_pending)
      flush();
  }

  /// Runs a statement, and in the same round trip the deferred ones.
  pqxx::result ask(const std::string& name, const std::string& text, const values& xs) {
    if (pending_.empty())
      return remembering(db.run_prepared(name, text, raw(xs)));
    db.prepare(name, text);
    add_pending(name, xs);
    return remembering(db.run(take_pending()));
  }

  pqxx::result run_once(const std::string& text, const values& xs) {
    flush();
    return remembering(db.run_once(text, raw(xs)));
  }

  void flush() {
    if (!pending_.empty())
      remembering(db.run(take_pending()));
  }

  static connection::parameters raw(const values& xs) {
    connection::parameters out;
    out.reserve(xs.size());
    for (const auto& x : xs)
      out.push_back(x ? x->c_str() : nullptr);
    return out;
  }

  connection db;

  uint64_t cursors = 0;

private:
  pqxx::result begin_to_write() {
    try {
      return db.begin("BEGIN; " + statement_to_lock(advisory::state)
                      + "SELECT pg_current_xact_id(), epoch FROM node_lease");
    } catch (const std::exception& x) {
      db.rollback();
      tell_of_blockers(db, advisory::state, x, tell_);
      throw;
    }
  }

  pqxx::result remembering(pqxx::result x) {
    changed_ = static_cast<int64_t>(x.affected_rows());
    return x;
  }

  void add_pending(const std::string& name, const values& xs) {
    pending_ += "EXECUTE " + name;
    for (size_t i = 0; i < xs.size(); ++i) {
      pending_ += i == 0 ? " (" : ", ";
      pending_ += xs[i] ? db.quote(*xs[i]) : "NULL";
    }
    pending_ += xs.empty() ? "; " : "); ";
  }

  std::string take_pending() {
    pending_count_ = 0;
    return std::exchange(pending_, {});
  }

  int64_t changed_ = 0;
  /// Deferred statements of the transaction, each with its semicolon.
  std::string pending_;
  size_t pending_count_ = 0;
  std::shared_ptr<node_lock> lock_;
  trouble_listener tell_;
  uint64_t statements_ = 0;
  uint64_t generation_ = 0;
  /// A commit through this connection has confirmed all that was there before.
  uint64_t confirmed_ = 0;
  std::string transaction_;
  std::string doubt_;
};

bool state_statement::step() {
  if (!rows_ && streams_) {
    auto cursor = "c" + number_ + "_" + std::to_string(++session_.cursors);
    session_.flush();
    session_.db.run_once("DECLARE " + cursor + " NO SCROLL CURSOR FOR " + text_,
                         state_session::raw(parameters_));
    cursor_ = cursor;
    rows_ = session_.db.run(std::string{"FETCH "} + page + " FROM " + cursor_);
  } else if (!rows_ && number_.empty()) {
    rows_ = session_.run_once(text_, parameters_);
  } else if (!rows_) {
    rows_ = session_.ask("s" + number_, text_, parameters_);
  }
  decoded_.clear();
  if (streams_ && next_ == rows_->size() && !rows_->empty()) {
    rows_ = session_.db.run(std::string{"FETCH "} + page + " FROM " + cursor_);
    next_ = 0;
  }
  if (next_ == rows_->size())
    return false;
  ++next_;
  return true;
}

void state_statement::execute() {
  if (number_.empty())
    session_.run_once(text_, parameters_);
  else
    session_.defer("s" + number_, text_, parameters_);
}

} // namespace

std::unique_ptr<sql::session> state_database::connect() const {
  return std::make_unique<state_session>(url_, options_, lock_, tell_);
}

std::optional<std::string> state_database::blame_statement(const std::exception& x) const {
  const auto state = state_of(x);
  if (state.empty() || is_lost(x))
    return std::nullopt;
  // No resources, an operator, a fault of the server, or a store that is read only.
  for (std::string_view of_store : {"53", "57P", "58", "XX", "25006"})
    if (state.starts_with(of_store))
      return std::nullopt;
  return to_operators_failure(x).detail;
}

failure state_database::to_failure(const std::exception& x) const noexcept {
  if (dynamic_cast<const sql::damage*>(&x) != nullptr)
    return {ec::store_unavailable, "the store is damaged", {}};
  return postgres::to_failure(x);
}

} // namespace carillon::postgres
