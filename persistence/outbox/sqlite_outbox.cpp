#include "base/file/descriptor.hpp"
#include "persistence/outbox/columns.hpp"

#include <sqlite3.h>

#include <atomic>
#include <cerrno>
#include <condition_variable>
#include <cstring>
#include <mutex>
#include <optional>
#include <stdexcept>
#include <thread>
#include <utility>

#include <fcntl.h>
#include <sys/file.h>

// The outbox in an application's SQLite file. SQLite sends no notices: `data_version` says whether
// another connection has committed, for a look at shared memory.

namespace carillon {

namespace {

/// Between two tries to get a lock. SQLite's own pauses grow to 100 ms, and miss the moments at
/// which writers that commit one after the other leave it free.
constexpr std::chrono::microseconds lock_pause{100};
/// How long the removal of rows that are events already waits for other connections: what comes
/// behind them does not wait.
constexpr std::chrono::milliseconds removal_wait{1};
/// Rows that may wait for their removal.
constexpr size_t most_unremoved = 2'000;

struct sqlite_error : std::runtime_error {
  sqlite_error(int c, const std::string& words) : std::runtime_error(words), code(c) {
  }

  int code;
};

void check(sqlite3* db, int code) {
  if (code != SQLITE_OK && code != SQLITE_ROW && code != SQLITE_DONE)
    throw sqlite_error{code & 0xff, db == nullptr ? sqlite3_errstr(code) : sqlite3_errmsg(db)};
}

/// A prepared statement.
class outbox_query {
public:
  outbox_query(sqlite3* db, const std::string& sql) : db_(db) {
    check(db, sqlite3_prepare_v2(db, sql.c_str(), static_cast<int>(sql.size()), &raw_, nullptr));
  }
  outbox_query(const outbox_query&) = delete;
  outbox_query& operator=(const outbox_query&) = delete;
  ~outbox_query() {
    sqlite3_finalize(raw_);
  }

  void bind(int index, const std::string& x) {
    check(db_, sqlite3_bind_text64(raw_, index, x.data(), x.size(), SQLITE_TRANSIENT, SQLITE_UTF8));
  }

  /// False at the end.
  bool next() {
    const auto code = sqlite3_step(raw_);
    check(db_, code);
    return code == SQLITE_ROW;
  }

  int64_t number(int column) {
    return sqlite3_column_int64(raw_, column);
  }

  std::optional<std::string> text_or_none(int column) {
    if (sqlite3_column_type(raw_, column) == SQLITE_NULL)
      return std::nullopt;
    return text(column);
  }

  std::string text(int column) {
    const auto* p = reinterpret_cast<const char*>(sqlite3_column_text(raw_, column));
    return p == nullptr ? std::string{}
                        : std::string{p, static_cast<size_t>(sqlite3_column_bytes(raw_, column))};
  }

private:
  sqlite3* db_;
  sqlite3_stmt* raw_ = nullptr;
};

outbox_row sqlite_row(outbox_query& x) {
  outbox_row out;
  out.seq = static_cast<uint64_t>(x.number(0));
  out.id = x.text(1);
  out.type = x.text(2);
  out.source = x.text(3);
  out.time = x.text(4);
  out.company_id = x.text_or_none(5);
  out.user_id = x.text_or_none(6);
  out.correlation_id = x.text_or_none(7);
  out.causation_id = x.text_or_none(8);
  out.traceparent = x.text_or_none(9);
  out.audience = x.text_or_none(10);
  out.data = x.text(11);
  out.metadata = x.text_or_none(12);
  return out;
}

class sqlite_outbox final : public outbox_source {
public:
  sqlite_outbox(std::string path, const outbox_options& options)
    : path_(std::move(path)), options_(options), patience_(options.lock_timeout) {
  }

  ~sqlite_outbox() override {
    if (!unremoved_.empty())
      static_cast<void>(guarded([&]() -> expected<void> {
        if (auto owned = own(); !owned)
          return owned.error();
        remove(options_.lock_timeout);
        return {};
      }));
    close();
  }

  expected<outbox_rows> claim() override {
    return guarded([&]() -> expected<outbox_rows> {
      if (auto owned = own(); !owned)
        return owned.error();
      if (!unremoved_.empty())
        remove(unremoved_.size() < most_unremoved ? removal_wait : options_.lock_timeout);
      // Before the rows are read: what is committed meanwhile shows as a change.
      seen_ = version();
      outbox_rows out;
      outbox_query found{
        db_, statement_to_claim("occurred_at", "length(CAST(data AS BLOB))", options_, unremoved_)};
      while (found.next())
        out.push_back(sqlite_row(found));
      return out;
    });
  }

  expected<void> finish(const std::vector<uint64_t>& published,
                        const std::vector<refused_row>& refused) override {
    return guarded([&]() -> expected<void> {
      if (auto owned = own(); !owned)
        return owned.error();
      unremoved_.insert(unremoved_.end(), published.begin(), published.end());
      remove(refused.empty() ? removal_wait : options_.lock_timeout, refused);
      return {};
    });
  }

  expected<void> wait() override {
    return guarded([&]() -> expected<void> {
      const auto end = std::chrono::steady_clock::now() + options_.longest_wait;
      while (db_ != nullptr && !stop_ && std::chrono::steady_clock::now() < end
             && version() == seen_) {
        if (!unremoved_.empty())
          remove(removal_wait);
        sleep();
      }
      return {};
    });
  }

  expected<outbox_state> look(uint64_t most) override {
    return guarded([&]() -> expected<outbox_state> {
      open();
      outbox_query found{
        db_, statement_to_look(
               "max(coalesce(CAST((julianday('now') - julianday(occurred_at)) * 86400 AS INTEGER), "
               "0), 0)",
               most, unremoved_)};
      found.next();
      return outbox_state{static_cast<uint64_t>(found.number(0)),
                          static_cast<uint64_t>(found.number(1)),
                          static_cast<uint64_t>(found.number(2))};
    });
  }

  expected<aside_rows> aside(uint64_t after, size_t most) override {
    return guarded([&]() -> expected<aside_rows> {
      open();
      outbox_query found{
        db_, statement_to_list_aside("refused_at", "length(CAST(data AS BLOB))", after, most)};
      aside_rows out;
      while (found.next())
        out.push_back({static_cast<uint64_t>(found.number(0)), found.text(1), found.text(2),
                       found.text(3), found.text_or_none(4), found.text(5), found.text(6),
                       found.text(7), static_cast<uint64_t>(found.number(8))});
      return out;
    });
  }

  expected<uint64_t> restore(const std::vector<uint64_t>& seqs) override {
    return change_aside(seqs, statement_to_restore(seqs) + "; ");
  }

  expected<uint64_t> discard(const std::vector<uint64_t>& seqs) override {
    return change_aside(seqs, {});
  }

  void stop() noexcept override {
    {
      std::lock_guard guard{mutex_};
      stop_ = true;
    }
    stopped_.notify_all();
  }

private:
  template <class F>
  auto guarded(F&& f) -> decltype(f()) {
    try {
      return f();
    } catch (const sqlite_error& x) {
      close();
      if (x.code == SQLITE_ERROR && std::string_view{x.what()}.find("no such table") == 0)
        return no_outbox();
      const bool may_pass = x.code == SQLITE_BUSY || x.code == SQLITE_LOCKED
                            || x.code == SQLITE_FULL || x.code == SQLITE_IOERR
                            || x.code == SQLITE_NOMEM || x.code == SQLITE_CANTOPEN;
      return failure{may_pass ? ec::store_unavailable : ec::store_refused,
                     std::string{"the database of the outbox: "} + x.what(), "from"};
    } catch (const std::exception& x) {
      close();
      return failure{ec::store_unavailable, x.what(), "from"};
    }
  }

  void open() {
    if (db_ != nullptr)
      return;
    // It is not made: a mistake in the path would else wait for rows for ever.
    const auto code
      = sqlite3_open_v2(path_.c_str(), &db_, SQLITE_OPEN_READWRITE | SQLITE_OPEN_NOMUTEX, nullptr);
    check(db_, code);
    sqlite3_busy_handler(db_, wait_for_lock, this);
    run("PRAGMA trusted_schema = OFF");
    outbox_query mode{db_, "PRAGMA journal_mode"};
    // Rows that were removed, and come back after a power cut, are events already.
    if (mode.next() && mode.text(0) == "wal")
      run("PRAGMA synchronous = NORMAL");
  }

  expected<void> own() {
    open();
    if (lock_.is_open())
      return {};
    // Not the database's own file: closing any descriptor of it drops SQLite's locks.
    const auto name = path_ + "-carillon-relay";
    descriptor file{::open(name.c_str(), O_RDWR | O_CREAT | O_CLOEXEC | O_NOFOLLOW, 0600)};
    if (!file.is_open())
      return failure{ec::store_refused, name + " cannot be opened: " + std::strerror(errno),
                     "from"};
    if (::flock(file.get(), LOCK_EX | LOCK_NB) != 0)
      return owned_by_another();
    lock_ = std::move(file);
    return {};
  }

  void close() noexcept {
    sqlite3_close(db_);
    db_ = nullptr;
    // The file may be another one when it is opened again. Rows that are events come again, and are
    // known by their ids.
    unremoved_.clear();
  }

  void run(const std::string& sql) {
    check(db_, sqlite3_exec(db_, sql.c_str(), nullptr, nullptr, nullptr));
  }

  int64_t version() {
    outbox_query asked{db_, "PRAGMA data_version"};
    asked.next();
    return asked.number(0);
  }

  void put_aside(const refused_row& x) {
    const auto columns = std::string{outbox_columns};
    const auto seq = std::to_string(x.seq);
    {
      outbox_query moved{db_, "INSERT INTO carillon_outbox_refused (" + columns
                                + ", error_code, error_detail) SELECT " + columns
                                + ", ?1, ?2 FROM carillon_outbox WHERE seq = " + seq};
      moved.bind(1, std::string{name_of(x.why.code)});
      moved.bind(2, x.why.detail);
      moved.next();
    }
    run("DELETE FROM carillon_outbox WHERE seq = " + seq);
  }

  /// @param first runs before the rows are deleted; may be empty
  expected<uint64_t> change_aside(const std::vector<uint64_t>& seqs, const std::string& first) {
    if (seqs.empty())
      return uint64_t{0};
    return guarded([&]() -> expected<uint64_t> {
      open();
      // An operator is told that it is done.
      run("PRAGMA synchronous = FULL");
      run("BEGIN IMMEDIATE; " + first + "DELETE FROM carillon_outbox_refused WHERE seq IN ("
          + list_of(seqs) + ')');
      const auto count = static_cast<uint64_t>(sqlite3_changes(db_));
      run("COMMIT");
      return count;
    });
  }

  /// Removes what is published, and puts aside what is refused, in one transaction. If another
  /// connection has the lock for so long, and none is refused, the next call does it.
  void remove(std::chrono::milliseconds patience, const std::vector<refused_row>& refused = {}) {
    patience_ = patience;
    const auto code = sqlite3_exec(db_, "BEGIN IMMEDIATE", nullptr, nullptr, nullptr);
    patience_ = options_.lock_timeout;
    if ((code & 0xff) == SQLITE_BUSY && patience < options_.lock_timeout)
      return;
    check(db_, code);
    if (!unremoved_.empty())
      run("DELETE FROM carillon_outbox WHERE seq IN (" + list_of(unremoved_) + ")");
    for (const auto& x : refused)
      put_aside(x);
    run("COMMIT");
    unremoved_.clear();
  }

  static int wait_for_lock(void* of, int tries) {
    auto& x = *static_cast<sqlite_outbox*>(of);
    const auto now = std::chrono::steady_clock::now();
    if (tries == 0)
      x.waits_since_ = now;
    if (now - x.waits_since_ >= x.patience_)
      return 0;
    std::this_thread::sleep_for(lock_pause);
    return 1;
  }

  void sleep() {
    std::unique_lock guard{mutex_};
    stopped_.wait_for(guard, options_.poll, [this] { return stop_.load(); });
  }

  std::string path_;
  outbox_options options_;
  sqlite3* db_ = nullptr;
  std::chrono::milliseconds patience_;
  /// When the statement that runs found the lock taken.
  std::chrono::steady_clock::time_point waits_since_;
  /// Rows that are events, and still in the table.
  std::vector<uint64_t> unremoved_;
  descriptor lock_;
  int64_t seen_ = 0;
  std::mutex mutex_;
  std::condition_variable stopped_;
  std::atomic<bool> stop_{false};
};

} // namespace

std::unique_ptr<outbox_source> make_sqlite_outbox(const std::string& path,
                                                  const outbox_options& options) {
  return std::make_unique<sqlite_outbox>(path, options);
}

} // namespace carillon
