#include "bench/support.hpp"

#include "base/uuid.hpp"

#include <sqlite3.h>

#include <algorithm>
#include <array>
#include <cstdio>
#include <cstdlib>
#include <filesystem>
#include <fstream>

#include <unistd.h>

namespace carillon::bench {

namespace {

constexpr std::array<const char*, 6> types{"order.created",     "order.shipped",
                                           "payment.succeeded", "user.login",
                                           "inventory.updated", "payment.refunded"};

/// The insert of the log writer, without its look-up for duplicates.
constexpr const char* insert
  = "INSERT INTO event_log (seq, type, time, company_id, user_id, correlation_id, id, source, "
    "recorded_at, causation_id, traceparent, audience, metadata, data) "
    "VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11, ?12, ?13, ?14) "
    "ON CONFLICT (id, source, company_id) DO NOTHING";

void run(sqlite3* db, const char* sql) {
  if (sqlite3_exec(db, sql, nullptr, nullptr, nullptr) != SQLITE_OK)
    fail(std::string{sql} + ": " + sqlite3_errmsg(db));
}

void bind(sqlite3_stmt* statement, int index, const std::string& text) {
  sqlite3_bind_text(statement, index, text.data(), static_cast<int>(text.size()), SQLITE_STATIC);
}

void insert_one(sqlite3_stmt* statement, const event& x, uint64_t seq) {
  sqlite3_bind_int64(statement, 1, static_cast<int64_t>(seq));
  bind(statement, 2, x.type);
  sqlite3_bind_int64(statement, 3, to_micros(x.time));
  bind(statement, 4, x.company_id);
  bind(statement, 5, x.user_id);
  bind(statement, 6, x.correlation_id);
  bind(statement, 7, x.id);
  bind(statement, 8, x.source);
  sqlite3_bind_int64(statement, 9, to_micros(x.time));
  bind(statement, 10, x.causation_id);
  bind(statement, 11, x.traceparent);
  sqlite3_bind_int(statement, 12, static_cast<int>(x.audience));
  bind(statement, 13, x.metadata);
  bind(statement, 14, x.data);
  if (sqlite3_step(statement) != SQLITE_DONE)
    fail(std::string{"an insert failed: "} + sqlite3_errmsg(sqlite3_db_handle(statement)));
  sqlite3_reset(statement);
}

constexpr const char* schema
  = "CREATE TABLE event_log (seq INTEGER PRIMARY KEY, type TEXT NOT NULL, time INTEGER NOT NULL, "
    "company_id TEXT NOT NULL, user_id TEXT NOT NULL, correlation_id TEXT NOT NULL, id TEXT NOT "
    "NULL, source TEXT NOT NULL, recorded_at INTEGER NOT NULL, causation_id TEXT NOT NULL, "
    "traceparent TEXT NOT NULL, audience INTEGER NOT NULL, metadata TEXT NOT NULL, data TEXT NOT "
    "NULL, hops INTEGER NOT NULL DEFAULT 0);"
    "CREATE UNIQUE INDEX event_log_id ON event_log (id, source, company_id);";

} // namespace

scratch_directory::scratch_directory() {
  const char* base = std::getenv("CARILLON_BENCH_DIR");
  path_ = std::string{base != nullptr ? base : "/var/tmp"} + "/carillon-bench-XXXXXX";
  if (::mkdtemp(path_.data()) == nullptr)
    fail("can't make " + path_);
}

scratch_directory::~scratch_directory() {
  std::error_code ignored;
  std::filesystem::remove_all(path_, ignored);
}

void fail(const std::string& message) {
  std::fprintf(stderr, "%s\n", message.c_str());
  std::exit(1);
}

std::string spread(std::vector<double> xs) {
  std::sort(xs.begin(), xs.end());
  std::array<char, 128> out{};
  std::snprintf(out.data(), out.size(), R"({"median":%.5g,"min":%.5g,"max":%.5g})",
                xs[xs.size() / 2], xs.front(), xs.back());
  return out.data();
}

std::string percentiles(std::vector<double> xs) {
  std::sort(xs.begin(), xs.end());
  auto at
    = [&](double q) { return xs[static_cast<size_t>(q * static_cast<double>(xs.size() - 1))]; };
  std::array<char, 128> out{};
  std::snprintf(out.data(), out.size(), R"({"p50":%.4g,"p99":%.4g,"p999":%.4g,"max":%.4g})",
                at(0.5), at(0.99), at(0.999), at(1.0));
  return out.data();
}

double rss_mib() {
  std::ifstream in{"/proc/self/statm"};
  double pages = 0;
  in >> pages >> pages;
  return pages * static_cast<double>(::sysconf(_SC_PAGESIZE)) / (1024.0 * 1024.0);
}

timestamp bench_time(uint64_t n) {
  return from_micros(1'790'000'000'000'000 + static_cast<int64_t>(n) * 10'000);
}

std::vector<draft_ptr> make_drafts(size_t count, uint64_t& n) {
  std::vector<draft_ptr> out;
  out.reserve(count);
  for (size_t i = 0; i < count; ++i, ++n) {
    auto x = std::make_shared<event>();
    auto text = std::to_string(n);
    x->time = bench_time(n);
    x->id = make_uuid_v7(x->time);
    x->type = types[n % types.size()];
    x->source = "/api";
    x->company_id = "c-" + std::to_string(n * 7919 % 100);
    x->user_id = "u-" + std::to_string(n * 7919 % 10'000);
    x->audience = audience::company;
    x->data
      = R"({"orderId":"o-)" + text
        + R"(","total":129.5,"items":[{"sku":"sku-1","quantity":2},{"sku":"sku-2","quantity":1}],"status":"new"})";
    out.push_back(std::move(x));
  }
  return out;
}

bare_sqlite::bare_sqlite(const std::string& dir) {
  if (sqlite3_open((dir + "/bare.db").c_str(), &db_) != SQLITE_OK)
    fail("can't open the bare database");
  run(db_, "PRAGMA journal_mode = WAL");
  run(db_, "PRAGMA synchronous = FULL");
  run(db_, "PRAGMA cache_size = -65536");
  // As the engine's writer had it: checkpoints run elsewhere.
  run(db_, "PRAGMA wal_autocheckpoint = 0");
  run(db_, schema);
  if (sqlite3_prepare_v2(db_, insert, -1, &insert_, nullptr) != SQLITE_OK)
    fail(std::string{insert} + ": " + sqlite3_errmsg(db_));
}

bare_sqlite::~bare_sqlite() {
  sqlite3_finalize(insert_);
  sqlite3_close(db_);
}

void bare_sqlite::append(const std::vector<draft_ptr>& events) {
  run(db_, "BEGIN IMMEDIATE");
  for (const auto& x : events)
    insert_one(insert_, *x, ++seq_);
  run(db_, "COMMIT");
}

double bare_sqlite_rate(const std::string& dir, size_t batch, double seconds) {
  bare_sqlite db{dir};
  uint64_t n = 0;
  double spent = 0.0;
  while (spent < seconds) {
    // The time to make the events does not count.
    const auto drafts = make_drafts(batch, n);
    stopwatch watch;
    db.append(drafts);
    spent += watch.seconds();
  }
  return static_cast<double>(n) / spent;
}

} // namespace carillon::bench
