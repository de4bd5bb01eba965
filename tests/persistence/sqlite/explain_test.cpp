#include "persistence/sqlite/connection.hpp"
#include "persistence/sqlite/sql.hpp"
#include "persistence/state/jobs/people_sql.hpp"
#include "persistence/state/state_sql.hpp"
#include "persistence/state/webhooks/webhook_sql.hpp"
#include "tests/persistence/sqlite/sqlite_test_store.hpp"

#include <SQLiteCpp/Statement.h>

#include <set>

// Every statement as SQLite plans it: none scans a table that grows with the log.

namespace carillon::test {

namespace {

/// Tables with one row, or as many as operators made.
const std::set<std::string> small_tables{"consumers", "api_keys", "event_types", "job_pauses"};

/// Allowed scans.
const std::set<std::string> small_scans{
  // Has only the replays that run.
  "SCAN replays USING INDEX replays_running",
  // Counts those that wait, run, or were given up.
  "SCAN jobs USING COVERING INDEX jobs_active",
  // Goes from company to company: those that wait in a queue.
  "SCAN w", "SCAN waiting",
  // Counts them, once per start.
  "SCAN webhook_deliveries USING COVERING INDEX webhook_deliveries_event"};

template <class Query>
void check_plans(const std::filesystem::path& file) {
  sqlite::connection db{{.file = file}};
  for (size_t i = 0; i < static_cast<size_t>(Query::count_); ++i) {
    const std::string sql{sql_of(static_cast<Query>(i))};
    CAPTURE(sql);
    REQUIRE_FALSE(sql.empty());
    SQLite::Statement plan{db.database(), "EXPLAIN QUERY PLAN " + sql};
    while (plan.executeStep()) {
      const auto step = plan.getColumn(3).getString();
      CAPTURE(step);
      if (!step.starts_with("SCAN ") || small_scans.contains(step))
        continue;
      const auto table = step.substr(5, step.find(' ', 5) - 5);
      CHECK((table == "CONSTANT" || small_tables.contains(table)));
    }
  }
}

/// Sorting is as bad as a scan where a list may be long.
template <class Query>
void check_no_sorting(const std::filesystem::path& file, const std::set<Query>& allowed) {
  sqlite::connection db{{.file = file}};
  for (size_t i = 0; i < static_cast<size_t>(Query::count_); ++i) {
    if (allowed.contains(static_cast<Query>(i)))
      continue;
    const std::string sql{sql_of(static_cast<Query>(i))};
    CAPTURE(sql);
    SQLite::Statement plan{db.database(), "EXPLAIN QUERY PLAN " + sql};
    while (plan.executeStep())
      CHECK(plan.getColumn(3).getString().find("TEMP B-TREE") == std::string::npos);
  }
}

} // namespace

TEST_SUITE("persistence/explain") {
  TEST_CASE("every statement uses an index") {
    sqlite_test_store store;
    store.open().reset();
    check_plans<sqlite::log_query>(store.file("events.db"));
    check_plans<sqlite::index_query>(store.file("index.db"));
    check_plans<sql::state_query>(store.file("state.db"));
    check_plans<sql::webhook_query>(store.file("state.db"));
    check_plans<sql::people_query>(store.file("state.db"));
  }

  TEST_CASE("no list is sorted but a consumer's bounded retries") {
    sqlite_test_store store;
    store.open().reset();
    check_no_sorting<sqlite::log_query>(store.file("events.db"), {});
    check_no_sorting<sqlite::index_query>(store.file("index.db"), {});
    check_no_sorting<sql::state_query>(store.file("state.db"), {sql::state_query::retries});
    check_no_sorting<sql::webhook_query>(store.file("state.db"), {});
    check_no_sorting<sql::people_query>(store.file("state.db"), {});
  }

  TEST_CASE("the check would find a scan") {
    sqlite_test_store store;
    store.open().reset();
    sqlite::connection db{{.file = store.file("events.db")}};
    SQLite::Statement plan{db.database(),
                           "EXPLAIN QUERY PLAN SELECT * FROM event_log WHERE type = 'a.b'"};
    REQUIRE(plan.executeStep());
    CHECK(plan.getColumn(3).getString() == "SCAN event_log");
  }
}

} // namespace carillon::test
