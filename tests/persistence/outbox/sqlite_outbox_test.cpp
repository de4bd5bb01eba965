#include "persistence/outbox/source.hpp"
#include "tests/support/printing.hpp"
#include "tests/support/process.hpp"

#include <doctest/doctest.h>
#include <sqlite3.h>

#include <chrono>
#include <map>
#include <memory>
#include <string>
#include <thread>
#include <vector>

// The outbox in a file of SQLite.

namespace carillon::test {

using namespace std::chrono_literals;

TEST_SUITE("persistence/sqlite_outbox") {
  namespace {

  /// An application's database.
  struct shop {
    temporary_directory directory;
    std::string path = directory.path() + "/shop.db";
    sqlite3* db = nullptr;

    explicit shop(bool with_tables = true) {
      REQUIRE(sqlite3_open(path.c_str(), &db) == SQLITE_OK);
      run("PRAGMA journal_mode = WAL");
      if (with_tables)
        run(std::string{outbox_ddl("sqlite")});
    }
    shop(const shop&) = delete;
    shop& operator=(const shop&) = delete;
    ~shop() {
      sqlite3_close(db);
    }

    int try_run(const std::string& sql) {
      return sqlite3_exec(db, sql.c_str(), nullptr, nullptr, nullptr);
    }

    void run(const std::string& sql) {
      CAPTURE(sql);
      REQUIRE(try_run(sql) == SQLITE_OK);
    }

    std::string ask(const std::string& sql) {
      std::string out;
      auto take = [](void* to, int, char** values, char**) {
        *static_cast<std::string*>(to) += values[0] == nullptr ? "NULL" : values[0];
        return 0;
      };
      REQUIRE(sqlite3_exec(db, sql.c_str(), take, &out, nullptr) == SQLITE_OK);
      return out;
    }

    void insert(const std::string& id, const std::string& data = "{}") {
      run("INSERT INTO carillon_outbox (id, type, data) VALUES ('" + id + "', 'order.cancelled', '"
          + data + "')");
    }

    std::unique_ptr<outbox_source> open(outbox_options options = {}) const {
      auto out = open_outbox("sqlite://" + path, options);
      REQUIRE(out);
      return std::move(*out);
    }
  };

  std::string ids_of(const expected<outbox_rows>& rows) {
    REQUIRE(rows);
    std::string out;
    for (const auto& x : *rows)
      out += (out.empty() ? "" : " ") + x.id;
    return out;
  }

  } // namespace

  TEST_CASE("rows come in their order, with defaults, and stay until they are removed") {
    shop x;
    x.insert("a", R"({"n": 1})");
    x.run("INSERT INTO carillon_outbox (type, data, company_id, metadata) "
          "VALUES ('user.login', '{}', 'c-1', '{}')");
    auto source = x.open();
    auto rows = source->claim();
    REQUIRE(rows);
    REQUIRE(rows->size() == 2);
    const auto& first = rows->front();
    CHECK(first.id == "a");
    CHECK(first.source == "/outbox");
    CHECK(first.data == R"({"n": 1})");
    CHECK(first.time.size() == std::string{"2026-12-01T10:00:00.000Z"}.size());
    CHECK(!first.company_id);
    CHECK(rows->back().id.size() == 32);
    CHECK(rows->back().company_id == "c-1");
    CHECK(source->claim()->size() == 2);
    REQUIRE(source->finish({first.seq}, {}));
    CHECK(source->claim()->size() == 1);
    CHECK(source->look(10)->waiting == 1);
  }

  TEST_CASE("a batch has its bounds, and at least one row") {
    shop x;
    for (const char* id : {"a", "b", "c"})
      x.insert(id, R"({"text":")" + std::string(1'000, 'x') + R"("})");
    CHECK(ids_of(x.open({.batch_rows = 2})->claim()) == "a b");
    CHECK(ids_of(x.open({.batch_bytes = 100})->claim()) == "a");
    CHECK(ids_of(x.open({.batch_bytes = 3'200})->claim()) == "a b");
  }

  TEST_CASE("a number that was skipped and comes later is not lost") {
    shop x;
    x.insert("a");
    x.run("UPDATE carillon_outbox SET seq = 10");
    auto source = x.open();
    REQUIRE(source->finish({source->claim()->front().seq}, {}));
    // As in databases where transactions overlap: a lower number becomes visible later.
    x.run("INSERT INTO carillon_outbox (seq, id, type) VALUES (5, 'late', 'order.cancelled')");
    CHECK(ids_of(source->claim()) == "late");
  }

  TEST_CASE("a refused row goes aside with its error, and may come back") {
    shop x;
    x.insert("a");
    x.insert("b");
    auto source = x.open();
    auto rows = source->claim();
    REQUIRE(source->finish({}, {{rows->front().seq, {ec::unknown_type, "it's none", "type"}}}));
    CHECK(ids_of(source->claim()) == "b");
    CHECK(
      x.ask("SELECT id || ' ' || error_code || ' ' || error_detail FROM carillon_outbox_refused")
      == "a unknown_type it's none");
    CHECK(source->look(10)->refused == 1);
    auto operators = x.open();
    auto listed = operators->aside(0, 10);
    REQUIRE(listed);
    REQUIRE(listed->size() == 1);
    const auto& row = listed->front();
    CHECK(row.id == "a");
    CHECK(row.error_code == "unknown_type");
    CHECK(row.error_detail == "it's none");
    CHECK(row.data_bytes == 2);
    CHECK(row.refused_at.ends_with('Z'));
    CHECK(operators->aside(row.seq, 10)->empty());
    CHECK(*operators->restore({}) == 0);
    CHECK(*operators->restore({row.seq + 100}) == 0);
    CHECK(*operators->restore({row.seq, row.seq + 100}) == 1);
    CHECK(*operators->restore({row.seq}) == 0);
    CHECK(ids_of(source->claim()) == "b a");
    CHECK(source->look(10)->refused == 0);
  }

  TEST_CASE("rows with one number are on one page") {
    shop x;
    // As after two outboxes that counted from 1.
    for (const char* row :
         {"1, 'a', '1'", "2, 'b', '1'", "2, 'c', '2'", "2, 'd', '3'", "3, 'e', '1'"})
      x.run(std::string{"INSERT INTO carillon_outbox_refused (seq, id, refused_at, type, source, "
                        "occurred_at, data, error_code, error_detail) VALUES ("}
            + row + ", 'order.cancelled', '/outbox', '1', '{}', 'conflict', '')");
    auto source = x.open();
    for (const auto& [most, pages] : std::map<size_t, std::string>{
           {1, "a|bcd|e|"}, {2, "abcd|e|"}, {3, "abcd|e|"}, {4, "abcd|e|"}, {5, "abcde|"}}) {
      CAPTURE(most);
      std::string seen;
      uint64_t after = 0;
      for (auto page = source->aside(after, most); page && !page->empty();
           page = source->aside(after, most)) {
        for (const auto& row : *page)
          seen += row.id;
        seen += '|';
        after = page->back().seq;
      }
      CHECK(seen == pages);
    }
  }

  TEST_CASE("a row that was put aside is forgotten, alone") {
    shop x;
    x.insert("a");
    x.insert("b");
    auto source = x.open();
    const auto rows = source->claim();
    const failure why{ec::unknown_type, "", {}};
    REQUIRE(source->finish({}, {{rows->front().seq, why}, {rows->back().seq, why}}));
    CHECK(source->aside(0, 1)->size() == 1);
    CHECK(*source->discard({rows->front().seq}) == 1);
    CHECK(source->aside(0, 10)->front().id == "b");
    CHECK(source->claim()->empty());
  }

  TEST_CASE("a writer that holds the lock does not hold up what comes behind it") {
    shop x;
    x.insert("a");
    x.insert("b");
    auto source = x.open();
    const auto first = source->claim();
    REQUIRE(first->size() == 2);
    x.run("BEGIN IMMEDIATE");
    x.insert("c");
    const auto begin = std::chrono::steady_clock::now();
    REQUIRE(source->finish({first->front().seq}, {}));
    CHECK(std::chrono::steady_clock::now() - begin < 2s);
    // It is an event, and does not come again, whenever it can be removed.
    CHECK(ids_of(source->claim()) == "b");
    CHECK(source->look(10)->waiting == 1);
    CHECK(x.ask("SELECT count(*) FROM carillon_outbox") == "3");
    x.run("COMMIT");
    const auto second = source->claim();
    CHECK(ids_of(second) == "b c");
    REQUIRE(source->finish({second->front().seq}, {}));
    CHECK(x.ask("SELECT group_concat(id) FROM carillon_outbox") == "c");
    // What was left is removed at the end, also where nothing else comes.
    x.run("BEGIN IMMEDIATE");
    REQUIRE(source->finish({second->back().seq}, {}));
    CHECK(source->claim()->empty());
    x.run("ROLLBACK");
    source.reset();
    CHECK(x.ask("SELECT count(*) FROM carillon_outbox") == "0");
  }

  TEST_CASE("rows that cannot be removed are repeated, and no others in their place are taken") {
    shop x;
    x.insert("a");
    x.insert("b");
    x.run(
      "CREATE TRIGGER stays BEFORE DELETE ON carillon_outbox BEGIN SELECT RAISE(FAIL, 'no'); END");
    auto source = x.open();
    const auto first = source->claim();
    REQUIRE(first->size() == 2);
    CHECK_FALSE(source->finish({first->front().seq}, {}));
    // It is an event: a repeat is known by its id, and a row that took its number would be lost.
    CHECK(ids_of(source->claim()) == "a b");
    x.run("DROP TRIGGER stays");
    REQUIRE(source->finish({first->front().seq}, {}));
    CHECK(ids_of(source->claim()) == "b");
  }

  TEST_CASE("rows are counted up to a bound, and the first one has an age") {
    shop x;
    for (const char* id : {"a", "b", "c"})
      x.insert(id);
    x.run("UPDATE carillon_outbox SET occurred_at = strftime('%Y-%m-%dT%H:%M:%fZ', 'now', '-90 "
          "seconds') WHERE id = 'a'");
    auto source = x.open();
    CHECK(source->look(2)->waiting == 2);
    const auto all = source->look(10);
    CHECK(all->waiting == 3);
    CHECK(all->oldest_seconds >= 89);
    CHECK(all->oldest_seconds < 900);
    x.run("UPDATE carillon_outbox SET occurred_at = 'no time'");
    CHECK(source->look(10)->oldest_seconds == 0);
    x.run("DELETE FROM carillon_outbox");
    CHECK(source->look(10)->oldest_seconds == 0);
  }

  TEST_CASE("a number that no relay could remove is refused by the table") {
    shop x;
    CHECK(x.try_run("INSERT INTO carillon_outbox (seq, type) VALUES (-1, 'order.cancelled')")
          != SQLITE_OK);
    CHECK(x.open()->claim()->empty());
  }

  TEST_CASE("what is rolled back never comes, and what is not committed not yet") {
    shop x;
    auto source = x.open();
    x.run("BEGIN");
    x.insert("a");
    CHECK(ids_of(source->claim()).empty());
    x.run("ROLLBACK");
    CHECK(ids_of(source->claim()).empty());
    x.insert("b");
    CHECK(ids_of(source->claim()) == "b");
  }

  TEST_CASE("a row too large for any relay is refused by the table") {
    shop x;
    CHECK(x.try_run("INSERT INTO carillon_outbox (type, data) VALUES ('a.b', '\""
                    + std::string(1'048'576, 'x') + "\"')")
          == SQLITE_CONSTRAINT);
  }

  TEST_CASE("one owner; the next takes over when it has gone") {
    shop x;
    x.insert("a");
    auto first = x.open();
    auto second = x.open();
    CHECK(ids_of(first->claim()) == "a");
    CHECK(second->claim().error().code == ec::store_locked);
    CHECK(second->finish({1}, {}).error().code == ec::store_locked);
    first.reset();
    CHECK(ids_of(second->claim()) == "a");
  }

  TEST_CASE("a wait ends with a commit of another connection, and with stop") {
    shop x;
    auto source = x.open({.longest_wait = 20s});
    REQUIRE(source->claim()->empty());
    std::thread writer{[&] { x.insert("a"); }};
    const auto begin = std::chrono::steady_clock::now();
    REQUIRE(source->wait());
    writer.join();
    CHECK(ids_of(source->claim()) == "a");
    REQUIRE(source->finish({1}, {}));
    REQUIRE(source->claim()->empty());
    std::thread stopper{[&] { source->stop(); }};
    REQUIRE(source->wait());
    stopper.join();
    CHECK(std::chrono::steady_clock::now() - begin < 15s);
  }

  TEST_CASE("a row that is committed between the look and the wait is seen") {
    shop x;
    auto source = x.open({.longest_wait = 20s});
    REQUIRE(source->claim()->empty());
    x.insert("a");
    const auto begin = std::chrono::steady_clock::now();
    REQUIRE(source->wait());
    CHECK(std::chrono::steady_clock::now() - begin < 10s);
  }

  TEST_CASE("no table, no file, and no database are said") {
    shop without{false};
    auto x = without.open()->claim();
    CHECK(x.error().code == ec::store_refused);
    CHECK(x.error().detail.find("carillon outbox ddl") != std::string::npos);
    auto missing = *open_outbox("sqlite://" + without.directory.path() + "/none.db", {});
    CHECK(missing->claim().error().code == ec::store_unavailable);
    auto no_database = *open_outbox("sqlite:///etc/passwd", {});
    CHECK(!no_database->claim());
  }
}

} // namespace carillon::test
