#include "tests/persistence/sqlite/sqlite_test_store.hpp"

#include "persistence/sqlite/migrations.hpp"
#include "persistence/sqlite/move/event_row.hpp"
#include "persistence/sqlite/sql.hpp"
#include "persistence/sqlite/statement_cache.hpp"
#include "tests/support/rewritten_log.hpp"

#include <sqlite3.h>

#include <fstream>

namespace carillon::test {

namespace {

void insert_row(sqlite::statement& insert, position seq, const event& x) {
  insert.reset();
  insert.bind_all(seq, std::string_view{x.type}, to_micros(x.time), std::string_view{x.company_id},
                  std::string_view{x.user_id}, std::string_view{x.correlation_id},
                  std::string_view{x.id}, std::string_view{x.source}, to_micros(x.recorded_at),
                  std::string_view{x.causation_id}, std::string_view{x.traceparent},
                  static_cast<int64_t>(x.audience), std::string_view{x.metadata},
                  std::string_view{x.data}, static_cast<int64_t>(x.hops));
  REQUIRE_FALSE(sqlite::rows{insert}.next());
}

} // namespace

std::unique_ptr<test_store> make_test_store() {
  return std::make_unique<sqlite_test_store>();
}

expected<std::unique_ptr<storage>> sqlite_test_store::try_open(storage_options options) {
  options.url = "sqlite://" + directory_.path() + "/data";
  if (options.log_segment_bytes == storage_options{}.log_segment_bytes)
    options.log_segment_bytes = 4UL * 1024 * 1024;
  return storage::open(options);
}

void sqlite_test_store::tamper(const std::string& name, const std::string& sql) const {
  sqlite3* db = nullptr;
  REQUIRE(sqlite3_open(file(name).c_str(), &db) == SQLITE_OK);
  char* message = nullptr;
  const int code = sqlite3_exec(db, sql.c_str(), nullptr, nullptr, &message);
  const std::string text{message != nullptr ? message : ""};
  sqlite3_free(message);
  sqlite3_close(db);
  REQUIRE_MESSAGE(code == SQLITE_OK, text);
}

void sqlite_test_store::tamper_with_log(const std::string& sql) const {
  const std::string name = "../tampered.db";
  rewrite_log([&](std::vector<draft_ptr>& events) {
    {
      sqlite::connection db{{.file = file(name), .access = sqlite::access::write}};
      must(sqlite::migrate(db, sqlite::events_schema(), epoch));
      sqlite::statement insert{
        db.handle(), "INSERT INTO event_log (seq, type, time, company_id, user_id, "
                     "correlation_id, id, source, recorded_at, causation_id, traceparent, "
                     "audience, metadata, data, hops) VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, "
                     "?8, ?9, ?10, ?11, ?12, ?13, ?14, ?15)"};
      sqlite::transaction all{db, sqlite::transaction::kind::write};
      for (position i = 0; i < events.size(); ++i)
        insert_row(insert, i + 1, *events[i]);
      all.commit();
    }
    tamper(name, sql);
    events.clear();
    sqlite::connection db{{.file = file(name)}};
    sqlite::statement_cache<sqlite::events_query> statements{db.handle()};
    for (auto row = statements.query(sqlite::events_query::scan_up, position{1}); row.next();)
      events.push_back(sqlite::event_of(*row));
  });
  std::filesystem::remove(file(name));
}

void sqlite_test_store::rewrite_log(const std::function<void(std::vector<draft_ptr>&)>& change,
                                    position first) const {
  rewrite_segments(file("log"), change, first);
}

void sqlite_test_store::overwrite(const std::string& name, uint64_t at,
                                  const std::string& bytes) const {
  std::fstream out{file(name), std::ios::in | std::ios::out | std::ios::binary};
  out.seekp(static_cast<std::streamoff>(at));
  out << bytes;
  out.close();
  REQUIRE(out);
}

} // namespace carillon::test
