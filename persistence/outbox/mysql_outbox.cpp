#include "persistence/outbox/columns.hpp"
#include "persistence/outbox/mysql_url.hpp"

#if CARILLON_HAS_MARIADB

#include <mysql.h>

#include <algorithm>
#include <atomic>
#include <condition_variable>
#include <memory>
#include <mutex>
#include <new>
#include <optional>
#include <stdexcept>
#include <string>
#include <string_view>
#include <utility>

#include <sys/socket.h>

// The outbox in MySQL or MariaDB. They send no notices: the table is looked at.

namespace carillon {

namespace {

constexpr unsigned connect_seconds = 5;
constexpr unsigned no_such_table = 1146;
constexpr unsigned unknown_database = 1049;
constexpr unsigned access_denied = 1045;
constexpr unsigned no_right = 1142;
constexpr unsigned no_right_in_database = 1044;

/// What changes the meaning of an answer, whatever the server's own settings are.
constexpr const char* mysql_settings[] = {
  "SET SESSION sql_mode = 'STRICT_ALL_TABLES,NO_ENGINE_SUBSTITUTION'",
  "SET SESSION time_zone = '+00:00'",
  "SET SESSION TRANSACTION ISOLATION LEVEL READ COMMITTED",
  "SET SESSION TRANSACTION READ WRITE",
  "SET SESSION autocommit = 1",
  "SET SESSION sql_safe_updates = 0",
  "SET SESSION sql_select_limit = DEFAULT",
  "SET SESSION wait_timeout = 600",
};

struct mysql_fault : std::runtime_error {
  explicit mysql_fault(MYSQL* db) : std::runtime_error(words_of(db)), code(mysql_errno(db)) {
  }

  static std::string words_of(MYSQL* db) {
    return ::mysql_error(db);
  }

  unsigned code;
};

using mysql_result = std::unique_ptr<MYSQL_RES, decltype(&mysql_free_result)>;

std::optional<std::string> mysql_text(MYSQL_ROW row, const unsigned long* lengths, size_t column) {
  if (row[column] == nullptr)
    return std::nullopt;
  return std::string{row[column], lengths[column]};
}

class mysql_outbox final : public outbox_source {
public:
  mysql_outbox(mysql_url url, const outbox_options& options)
    : url_(std::move(url)), options_(options),
      claim_(statement_to_claim("DATE_FORMAT(occurred_at, '%Y-%m-%dT%H:%i:%s.%fZ')",
                                "OCTET_LENGTH(data)", options)) {
  }

  ~mysql_outbox() override {
    close();
  }

  expected<outbox_rows> claim() override {
    return guarded([&]() -> expected<outbox_rows> {
      if (auto owned = own(); !owned)
        return owned.error();
      const auto found = ask(claim_);
      outbox_rows out;
      while (auto* row = mysql_fetch_row(found.get()))
        out.push_back(row_in(row, mysql_fetch_lengths(found.get())));
      if (!out.empty() && !is_on_disk().value_or(false) && !write_through())
        return outbox_rows{}; // They come again.
      return out;
    });
  }

  expected<void> finish(const std::vector<uint64_t>& published,
                        const std::vector<refused_row>& refused) override {
    return guarded([&]() -> expected<void> {
      if (auto owned = own(); !owned)
        return owned.error();
      run("START TRANSACTION");
      if (!published.empty())
        run("DELETE FROM carillon_outbox WHERE seq IN (" + list_of(published) + ")");
      for (const auto& x : refused)
        put_aside(x);
      run("COMMIT");
      return {};
    });
  }

  expected<void> wait() override {
    return guarded([&]() -> expected<void> {
      const auto end = std::chrono::steady_clock::now() + options_.longest_wait;
      while (db_ != nullptr && !stop_ && std::chrono::steady_clock::now() < end) {
        sleep();
        const auto found = ask("SELECT 1 FROM carillon_outbox LIMIT 1");
        if (mysql_num_rows(found.get()) != 0)
          break;
      }
      return {};
    });
  }

  expected<outbox_state> look(uint64_t most) override {
    return guarded([&]() -> expected<outbox_state> {
      open();
      const auto found
        = ask(statement_to_look("greatest(timestampdiff(SECOND, occurred_at, now()), 0)", most));
      auto* row = mysql_fetch_row(found.get());
      const auto* lengths = mysql_fetch_lengths(found.get());
      auto number = [&](size_t i) { return std::stoull(*mysql_text(row, lengths, i)); };
      return outbox_state{number(0), number(1), number(2)};
    });
  }

  expected<aside_rows> aside(uint64_t after, size_t most) override {
    return guarded([&]() -> expected<aside_rows> {
      open();
      const auto found = ask(statement_to_list_aside(
        "DATE_FORMAT(refused_at, '%Y-%m-%dT%H:%i:%s.%fZ')", "OCTET_LENGTH(data)", after, most));
      aside_rows out;
      while (auto* row = mysql_fetch_row(found.get())) {
        const auto* lengths = mysql_fetch_lengths(found.get());
        auto text = [&](size_t i) { return mysql_text(row, lengths, i).value_or(""); };
        out.push_back({std::stoull(text(0)), text(1), text(2), text(3), mysql_text(row, lengths, 4),
                       text(5), text(6), text(7), std::stoull(text(8))});
      }
      return out;
    });
  }

  expected<uint64_t> restore(const std::vector<uint64_t>& seqs) override {
    return change_aside(seqs, statement_to_restore(seqs));
  }

  expected<uint64_t> discard(const std::vector<uint64_t>& seqs) override {
    return change_aside(seqs, {});
  }

  void stop() noexcept override {
    {
      std::lock_guard guard{mutex_};
      stop_ = true;
      // Ends the running call.
      if (socket_ >= 0)
        ::shutdown(socket_, SHUT_RDWR);
    }
    stopped_.notify_all();
  }

private:
  template <class F>
  auto guarded(F&& f) -> decltype(f()) {
    try {
      return f();
    } catch (const mysql_fault& x) {
      close();
      if (x.code == no_such_table)
        return no_outbox();
      const bool is_permanent = x.code == unknown_database || x.code == access_denied
                                || x.code == no_right || x.code == no_right_in_database;
      return failure{is_permanent ? ec::store_refused : ec::store_unavailable,
                     std::string{"the database of the outbox: "} + x.what(), "from"};
    } catch (const std::exception& x) {
      close();
      return failure{ec::store_unavailable, x.what(), "from"};
    }
  }

  static outbox_row row_in(MYSQL_ROW row, const unsigned long* lengths) {
    auto text = [&](size_t i) { return mysql_text(row, lengths, i); };
    outbox_row out;
    out.seq = std::stoull(text(0).value_or("0"));
    out.id = text(1).value_or("");
    out.type = text(2).value_or("");
    out.source = text(3).value_or("");
    out.time = text(4).value_or("");
    out.company_id = text(5);
    out.user_id = text(6);
    out.correlation_id = text(7);
    out.causation_id = text(8);
    out.traceparent = text(9);
    out.audience = text(10);
    out.data = text(11).value_or("");
    out.metadata = text(12);
    return out;
  }

  void open() {
    if (db_ != nullptr)
      return;
    owned_ = false;
    db_ = mysql_init(nullptr);
    if (db_ == nullptr)
      throw std::bad_alloc{};
    set_limits();
    set_tls();
    const char* socket = url_.socket.empty() ? nullptr : url_.socket.c_str();
    // A host of `localhost` would be a socket, whatever the port.
    const char* host = socket != nullptr ? "localhost" : url_.host.c_str();
    if (mysql_real_connect(db_, host, url_.user.c_str(), url_.password.c_str(),
                           url_.database.c_str(), url_.port, socket, 0)
        == nullptr)
      throw mysql_fault{db_};
    keep_socket(static_cast<int>(mysql_get_socket(db_)));
    for (const auto* x : mysql_settings)
      run(x);
    run("SET SESSION innodb_lock_wait_timeout = "
        + std::to_string(std::max<int64_t>(1, options_.lock_timeout.count() / 1'000)));
  }

  void set_limits() {
    auto seconds
      = static_cast<unsigned>(std::max<int64_t>(1, options_.statement_timeout.count() / 1'000));
    unsigned connect = connect_seconds;
    unsigned protocol = url_.socket.empty() ? MYSQL_PROTOCOL_TCP : MYSQL_PROTOCOL_SOCKET;
    // A server may ask a client for any of its files.
    unsigned files = 0;
    mysql_optionsv(db_, MYSQL_OPT_CONNECT_TIMEOUT, &connect);
    mysql_optionsv(db_, MYSQL_OPT_READ_TIMEOUT, &seconds);
    mysql_optionsv(db_, MYSQL_OPT_WRITE_TIMEOUT, &seconds);
    mysql_optionsv(db_, MYSQL_OPT_LOCAL_INFILE, &files);
    mysql_optionsv(db_, MYSQL_OPT_PROTOCOL, &protocol);
    mysql_optionsv(db_, MYSQL_SET_CHARSET_NAME, "utf8mb4");
  }

  void set_tls() {
    my_bool enforce = url_.tls >= mysql_tls::require ? 1 : 0;
    my_bool verify = url_.tls == mysql_tls::verify_full ? 1 : 0;
    if (url_.tls == mysql_tls::disable)
      return;
    if (verify != 0)
      mysql_optionsv(db_, MYSQL_OPT_SSL_CA,
                     url_.authority.empty() ? "/etc/ssl/certs/ca-certificates.crt"
                                            : url_.authority.c_str());
    mysql_optionsv(db_, MYSQL_OPT_SSL_ENFORCE, &enforce);
    mysql_optionsv(db_, MYSQL_OPT_SSL_VERIFY_SERVER_CERT, &verify);
  }

  expected<void> own() {
    open();
    if (!owned_) {
      const auto found = ask("SELECT GET_LOCK(CONCAT('carillon_outbox.', MD5(DATABASE())), 0)");
      auto* row = mysql_fetch_row(found.get());
      owned_ = row != nullptr && row[0] != nullptr && *row[0] == '1';
    }
    if (!owned_)
      return owned_by_another();
    return {};
  }

  /// InnoDB shows the rows of a transaction before its log is on disk: a crash in between takes
  /// them back, and an event that has been made of one would be of a transaction that never was.
  /// @returns whether all that could be read by now is on disk; nothing if the server does not tell
  std::optional<bool> is_on_disk() {
    const auto found
      = ask("SHOW GLOBAL STATUS WHERE Variable_name IN ('Innodb_lsn_current', 'Innodb_lsn_flushed',"
            " 'Innodb_redo_log_current_lsn', 'Innodb_redo_log_flushed_to_disk_lsn')");
    std::optional<uint64_t> current;
    std::optional<uint64_t> flushed;
    while (auto* row = mysql_fetch_row(found.get())) {
      const auto is_flushed = std::string_view{row[0]}.find("flushed") != std::string_view::npos;
      (is_flushed ? flushed : current) = std::stoull(row[1]);
    }
    if (!current || !flushed)
      return std::nullopt;
    return *flushed >= *current;
  }

  /// Writes the database's log through to the disk, by the commit of a row that nobody sees. A role
  /// that may not make and delete it waits for other commits, or for the server, which writes its
  /// log once a second.
  /// @returns whether all that was read is on disk, as far as `innodb_flush_log_at_trx_commit` asks
  bool write_through() {
    try {
      run("START TRANSACTION");
      run(
        "INSERT INTO carillon_outbox_refused (seq, id, type, source, occurred_at, data, error_code,"
        " error_detail) VALUES (0, '', '', '', now(6), '', '', '')");
      run("DELETE FROM carillon_outbox_refused WHERE seq = 0");
      run("COMMIT");
      return true;
    } catch (const mysql_fault& x) {
      if (x.code != no_right || !is_on_disk())
        throw;
      run("ROLLBACK");
    }
    const auto setting = ask("SELECT @@GLOBAL.innodb_flush_log_at_trx_commit = 1");
    if (*mysql_fetch_row(setting.get())[0] != '1')
      return true; // Its owner has given durability up.
    sleep();
    return is_on_disk().value_or(false);
  }

  void close() noexcept {
    keep_socket(-1);
    if (db_ != nullptr)
      mysql_close(db_);
    db_ = nullptr;
    owned_ = false;
  }

  void keep_socket(int x) noexcept {
    std::lock_guard guard{mutex_};
    socket_ = x;
  }

  void run(const std::string& sql) {
    if (mysql_real_query(db_, sql.data(), sql.size()) != 0)
      throw mysql_fault{db_};
  }

  mysql_result ask(const std::string& sql) {
    run(sql);
    mysql_result out{mysql_store_result(db_), &mysql_free_result};
    if (out == nullptr)
      throw mysql_fault{db_};
    return out;
  }

  std::string quoted(const std::string& x) {
    std::string out(2 * x.size() + 1, '\0');
    out.resize(mysql_real_escape_string(db_, out.data(), x.data(), x.size()));
    return '\'' + out + '\'';
  }

  void put_aside(const refused_row& x) {
    const auto columns = std::string{outbox_columns};
    const auto seq = std::to_string(x.seq);
    run("INSERT INTO carillon_outbox_refused (" + columns + ", error_code, error_detail) SELECT "
        + columns + ", " + quoted(std::string{name_of(x.why.code)}) + ", " + quoted(x.why.detail)
        + " FROM carillon_outbox WHERE seq = " + seq);
    run("DELETE FROM carillon_outbox WHERE seq = " + seq);
  }

  /// @param first runs before the rows are deleted; may be empty
  expected<uint64_t> change_aside(const std::vector<uint64_t>& seqs, const std::string& first) {
    if (seqs.empty())
      return uint64_t{0};
    return guarded([&]() -> expected<uint64_t> {
      open();
      const auto which = " FROM carillon_outbox_refused WHERE seq IN (" + list_of(seqs) + ')';
      run("START TRANSACTION");
      // Another operator waits here, and finds none of them.
      ask("SELECT seq" + which + " FOR UPDATE");
      if (!first.empty())
        run(first);
      run("DELETE" + which);
      const auto count = mysql_affected_rows(db_);
      run("COMMIT");
      return uint64_t{count};
    });
  }

  void sleep() {
    std::unique_lock guard{mutex_};
    stopped_.wait_for(guard, options_.poll, [this] { return stop_.load(); });
  }

  mysql_url url_;
  outbox_options options_;
  std::string claim_;
  MYSQL* db_ = nullptr;
  bool owned_ = false;
  std::mutex mutex_;
  std::condition_variable stopped_;
  /// Of the connection, for `stop`; guarded by the mutex.
  int socket_ = -1;
  std::atomic<bool> stop_{false};
};

} // namespace

expected<std::unique_ptr<outbox_source>> make_mysql_outbox(const std::string& url,
                                                           const outbox_options& options) {
  auto parsed = parse_mysql_url(url);
  if (!parsed)
    return parsed.error();
  return std::unique_ptr<outbox_source>{
    std::make_unique<mysql_outbox>(std::move(*parsed), options)};
}

} // namespace carillon

#else

namespace carillon {

expected<std::unique_ptr<outbox_source>> make_mysql_outbox(const std::string& url,
                                                           const outbox_options& /*options*/) {
  if (auto parsed = parse_mysql_url(url); !parsed)
    return parsed.error();
  return failure{ec::invalid_argument,
                 "this program was built without MariaDB's client library (libmariadb-dev)",
                 "from"};
}

} // namespace carillon

#endif
