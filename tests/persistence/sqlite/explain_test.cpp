#include "persistence/sqlite/connection.hpp"
#include "persistence/sqlite/sql.hpp"
#include "persistence/state/sql/query_text.hpp"
#include "tests/persistence/sqlite/sqlite_test_store.hpp"

#include <SQLiteCpp/Statement.h>

#include <set>

// Every statement as SQLite plans it: none scans a table that grows with the log.

namespace carillon::test {

TEST_SUITE("persistence/explain") {
  namespace {

  /// Tables with one row, or as many as operators made.
  const std::set<std::string> small_tables{
    "consumers",  "remote_consumers",    "api_keys",       "event_types",
    "job_pauses", "measure_definitions", "inbound_sources"};

  /// Allowed scans.
  const std::set<std::string> small_scans{
    // Has only the replays that run.
    "SCAN replays USING INDEX replays_running",
    // Counts those that wait, run, or were given up.
    "SCAN jobs USING COVERING INDEX jobs_next", "SCAN jobs USING COVERING INDEX jobs_held",
    // Goes from company to company: those that wait in a queue.
    "SCAN w", "SCAN waiting",
    // The rows that the statement inserts.
    "SCAN batch VIRTUAL TABLE INDEX 0:",
    // Counts them, once per start.
    "SCAN webhook_deliveries USING COVERING INDEX webhook_deliveries_event"};

  /// Names and texts.
  using named_texts = std::vector<std::pair<std::string, std::string>>;

  /// Every statement of a store's file.
  template <class Query>
  named_texts statements() {
    named_texts out;
    for (size_t i = 0; i < static_cast<size_t>(Query::count_); ++i)
      out.emplace_back(std::to_string(i), sql_of(static_cast<Query>(i)));
    return out;
  }

  named_texts statements_of_state() {
    named_texts out;
    for (const auto* x : sql::query_text::registered())
      out.emplace_back(x->name, x->text);
    return out;
  }

  void check_plans(const std::filesystem::path& file, const named_texts& all) {
    sqlite::connection db{{.file = file}};
    REQUIRE_FALSE(all.empty());
    for (const auto& [name, sql] : all) {
      CAPTURE(name);
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
  void check_no_sorting(const std::filesystem::path& file, const named_texts& all,
                        const std::set<std::string>& allowed = {}) {
    sqlite::connection db{{.file = file}};
    for (const auto& [name, sql] : all) {
      if (allowed.contains(name))
        continue;
      CAPTURE(name);
      CAPTURE(sql);
      SQLite::Statement plan{db.database(), "EXPLAIN QUERY PLAN " + sql};
      while (plan.executeStep())
        CHECK(plan.getColumn(3).getString().find("TEMP B-TREE") == std::string::npos);
    }
  }

  } // namespace

  TEST_CASE("every statement uses an index") {
    sqlite_test_store store;
    store.open().reset();
    check_plans(store.file("index.db"), statements<sqlite::index_query>());
    check_plans(store.file("state.db"), statements_of_state());
  }

  TEST_CASE("no list is sorted but a consumer's bounded retries") {
    sqlite_test_store store;
    store.open().reset();
    check_no_sorting(store.file("index.db"), statements<sqlite::index_query>());
    check_no_sorting(store.file("state.db"), statements_of_state(), {"retries"});
  }

  TEST_CASE("every statement has registered itself, under a name of its own") {
    std::set<std::string_view> names;
    for (const auto* x : sql::query_text::registered())
      CHECK(names.insert(x->name).second);
    // One of each capability.
    for (const auto* name :
         {"move_cursor", "insert_replay", "webhook_by_id", "put_attempt", "lease_job",
          "put_contact", "notify_all", "insert_document", "insert_audit", "insert_key", "node_key",
          "furthest_cursor", "put_measure_cell", "move_schedule"})
      CHECK_MESSAGE(names.contains(name), name);
  }

  TEST_CASE("the check would find a scan") {
    sqlite_test_store store;
    store.open().reset();
    sqlite::connection db{{.file = store.file("index.db")}};
    SQLite::Statement plan{db.database(), "EXPLAIN QUERY PLAN SELECT * FROM idx_id WHERE seq = 7"};
    REQUIRE(plan.executeStep());
    CHECK(plan.getColumn(3).getString() == "SCAN idx_id");
  }
}

} // namespace carillon::test
