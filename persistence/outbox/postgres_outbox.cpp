#include "base/file/descriptor.hpp"
#include "persistence/outbox/columns.hpp"
#include "persistence/postgres/call_watch.hpp"
#include "persistence/postgres/faults.hpp"
#include "persistence/postgres/raw_connection.hpp"
#include "persistence/postgres/session_settings.hpp"

#include <pqxx/pqxx>

#include <array>
#include <atomic>
#include <optional>
#include <utility>

#include <poll.h>
#include <sys/eventfd.h>
#include <sys/socket.h>
#include <unistd.h>

// The outbox in PostgreSQL: our own database's, or an application's.

namespace carillon {

namespace {

constexpr const char* outbox_channel = "carillon_outbox";

/// The first number of advisory locks; the second one is of the table. `CARO`: held by the owner.
/// `CARW`: held by an owner that sleeps; the trigger asks for it, see the table's statements.
constexpr const char* owner_lock = "(1128354383, hashoid('carillon_outbox'::regclass))";
constexpr const char* sleep_lock = "(1128354391, hashoid('carillon_outbox'::regclass))";

/// Remembers that there was a notice.
class outbox_receiver final : public pqxx::notification_receiver {
public:
  explicit outbox_receiver(pqxx::connection_base& db) : notification_receiver(db, outbox_channel) {
  }

  void operator()(const std::string& /*payload*/, int /*backend*/) override {
    came = true;
  }

  bool came = false;
};

/// LISTEN and locks of the session need one connection, outside of transactions.
struct outbox_link : postgres::raw_connection {
  using raw_connection::raw_connection;

  std::optional<outbox_receiver> notices;
};

std::optional<std::string> text_or_none(const pqxx::field& x) {
  return x.is_null() ? std::nullopt : std::optional{std::string{x.c_str(), x.size()}};
}

std::string text_in(const pqxx::field& x) {
  return x.is_null() ? std::string{} : std::string{x.c_str(), x.size()};
}

outbox_row row_in(const pqxx::row& x) {
  outbox_row out;
  out.seq = x[0].as<uint64_t>();
  out.id = text_in(x[1]);
  out.type = text_in(x[2]);
  out.source = text_in(x[3]);
  out.time = text_in(x[4]);
  out.company_id = text_or_none(x[5]);
  out.user_id = text_or_none(x[6]);
  out.correlation_id = text_or_none(x[7]);
  out.causation_id = text_or_none(x[8]);
  out.traceparent = text_or_none(x[9]);
  out.audience = text_or_none(x[10]);
  out.data = text_in(x[11]);
  out.metadata = text_or_none(x[12]);
  return out;
}

class postgres_outbox final : public outbox_source {
public:
  postgres_outbox(std::string url, const postgres_options& limits, const outbox_options& options)
    : url_(std::move(url)), limits_(limits), options_(options),
      claim_(statement_to_claim(R"(to_char(occurred_at AT TIME ZONE 'UTC', )"
                                R"('YYYY-MM-DD"T"HH24:MI:SS.US"Z"'))",
                                "octet_length(data::text)", options)),
      watch_(postgres::call_watch::of_process()), wake_(::eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK)) {
  }

  ~postgres_outbox() override {
    close();
  }

  expected<outbox_rows> claim() override {
    return guarded([&]() -> expected<outbox_rows> {
      if (auto owned = own(); !owned)
        return owned.error();
      outbox_rows out;
      const auto found = run(claim_);
      out.reserve(found.size());
      for (const auto& x : found)
        out.push_back(row_in(x));
      return out;
    });
  }

  expected<void> finish(const std::vector<uint64_t>& published,
                        const std::vector<refused_row>& refused) override {
    return guarded([&]() -> expected<void> {
      if (auto owned = own(); !owned)
        return owned.error();
      // One message, so one round trip; PostgreSQL makes one transaction of it.
      std::string all = "BEGIN; ";
      if (!published.empty())
        all += "DELETE FROM carillon_outbox WHERE seq = ANY('{" + list_of(published) + "}'); ";
      for (const auto& x : refused)
        all += put_aside(x);
      run(all + "COMMIT");
      return {};
    });
  }

  expected<void> wait() override {
    return guarded([&]() -> expected<void> {
      if (!link_ || stop_)
        return {};
      // Somebody who inserts holds it until the end of the transaction: a notice will not come.
      if (!is_true(run(std::string{"SELECT pg_try_advisory_lock"} + sleep_lock))) {
        sleep(options_.poll);
        return {};
      }
      link_->notices->came = false;
      // Who has inserted before, and saw no sleeper, has committed by now. A notice of a later one
      // may have come with the answer: the socket would not wake us for it.
      const bool has_rows = is_true(run("SELECT EXISTS (SELECT 1 FROM carillon_outbox)"));
      link_->raw.get_notifs();
      if (!has_rows && !link_->notices->came)
        sleep(options_.longest_wait);
      run(std::string{"SELECT pg_advisory_unlock"} + sleep_lock);
      return {};
    });
  }

  expected<outbox_state> look(uint64_t most) override {
    return guarded([&]() -> expected<outbox_state> {
      open();
      const auto found = run(statement_to_look(
        "greatest(extract(epoch FROM clock_timestamp() - occurred_at), 0)::bigint", most));
      return outbox_state{found[0][0].as<uint64_t>(), found[0][1].as<uint64_t>(),
                          found[0][2].as<uint64_t>()};
    });
  }

  expected<aside_rows> aside(uint64_t after, size_t most) override {
    return guarded([&]() -> expected<aside_rows> {
      open();
      const auto found = run(statement_to_list_aside(
        R"(to_char(refused_at AT TIME ZONE 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.US"Z"'))",
        "octet_length(data::text)", after, most));
      aside_rows out;
      for (const auto& x : found)
        out.push_back({x[0].as<uint64_t>(), text_in(x[1]), text_in(x[2]), text_in(x[3]),
                       text_or_none(x[4]), text_in(x[5]), text_in(x[6]), text_in(x[7]),
                       x[8].as<uint64_t>()});
      return out;
    });
  }

  expected<uint64_t> restore(const std::vector<uint64_t>& seqs) override {
    const auto columns = std::string{outbox_columns};
    const auto kept = std::string{outbox_columns_but_seq};
    return change_aside(seqs, "RETURNING " + columns + "), done AS (INSERT INTO carillon_outbox ("
                                + kept + ") SELECT " + kept
                                + " FROM gone ORDER BY seq RETURNING 1) ");
  }

  expected<uint64_t> discard(const std::vector<uint64_t>& seqs) override {
    return change_aside(seqs, "RETURNING 1), done AS (SELECT * FROM gone) ");
  }

  void stop() noexcept override {
    stop_ = true;
    const uint64_t one = 1;
    static_cast<void>(::write(wake_.get(), &one, sizeof one));
    watch_->interrupt(watched_);
  }

private:
  /// Exceptions of the library end here, and so does a connection that had one.
  template <class F>
  auto guarded(F&& f) -> decltype(f()) {
    try {
      return f();
    } catch (const std::exception& x) {
      close();
      if (dynamic_cast<const pqxx::undefined_table*>(&x) != nullptr
          || postgres::state_of(x) == "42P01")
        return no_outbox();
      return postgres::to_operators_failure(x);
    }
  }

  static bool is_true(const pqxx::result& x) {
    return std::string_view{x[0][0].c_str()} == "t";
  }

  void open() {
    if (link_)
      return;
    owned_ = false;
    link_ = std::make_unique<outbox_link>(url_);
    watch_->add(watched_, link_->raw.sock());
    run(postgres::statements_to_pin(limits_, false));
    // Rows that were removed, and come back after a crash of the server, are events already.
    run("SET synchronous_commit = off");
    link_->notices.emplace(link_->raw);
  }

  expected<void> own() {
    open();
    if (!owned_)
      owned_ = is_true(run(std::string{"SELECT pg_try_advisory_lock"} + owner_lock));
    if (!owned_)
      return owned_by_another();
    return {};
  }

  void close() noexcept {
    if (!link_)
      return;
    watch_->remove(watched_);
    // The destructor of a receiver sends UNLISTEN and waits for the answer.
    ::shutdown(link_->raw.sock(), SHUT_RDWR);
    link_.reset();
    owned_ = false;
  }

  pqxx::result run(const std::string& statements) {
    postgres::call_watch::call timed{watched_, limits_.statement_timeout + limits_.answer_grace};
    pqxx::nontransaction work{link_->raw};
    return work.exec(statements);
  }

  std::string put_aside(const refused_row& x) {
    const auto columns = std::string{outbox_columns};
    return "WITH gone AS (DELETE FROM carillon_outbox WHERE seq = " + std::to_string(x.seq)
           + " RETURNING " + columns + ") INSERT INTO carillon_outbox_refused (" + columns
           + ", error_code, error_detail) SELECT " + columns + ", "
           + link_->raw.quote(std::string{name_of(x.why.code)}) + ", "
           + link_->raw.quote(x.why.detail) + " FROM gone; ";
  }

  /// Deletes rows that were put aside, and does with them what follows, which names its rows
  /// `done`.
  expected<uint64_t> change_aside(const std::vector<uint64_t>& seqs, const std::string& then) {
    if (seqs.empty())
      return uint64_t{0};
    return guarded([&]() -> expected<uint64_t> {
      open();
      // An operator is told that it is done.
      run("BEGIN; SET LOCAL synchronous_commit = on");
      const auto found = run("WITH gone AS (DELETE FROM carillon_outbox_refused WHERE seq = ANY('{"
                             + list_of(seqs) + "}') " + then + "SELECT count(*) FROM done");
      run("COMMIT");
      return found[0][0].as<uint64_t>();
    });
  }

  /// Until a notice, `stop`, or the end.
  void sleep(std::chrono::milliseconds most) {
    std::array<pollfd, 2> all{pollfd{wake_.get(), POLLIN, 0}, pollfd{link_->raw.sock(), POLLIN, 0}};
    if (!stop_)
      ::poll(all.data(), all.size(), static_cast<int>(most.count()));
  }

  std::string url_;
  postgres_options limits_;
  outbox_options options_;
  std::string claim_;
  std::shared_ptr<postgres::call_watch> watch_;
  postgres::call_watch::entry watched_;
  std::unique_ptr<outbox_link> link_;
  bool owned_ = false;
  std::atomic<bool> stop_{false};
  descriptor wake_;
};

} // namespace

std::unique_ptr<outbox_source> make_postgres_outbox(const std::string& url,
                                                    const postgres_options& limits,
                                                    const outbox_options& options) {
  return std::make_unique<postgres_outbox>(url, limits, options);
}

} // namespace carillon
