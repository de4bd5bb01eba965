#include "persistence/outbox/source.hpp"
#include "tests/node/fake_node.hpp"
#include "tests/support/process.hpp"

#include <doctest/doctest.h>
#include <sqlite3.h>

#include <memory>
#include <string>
#include <vector>

using namespace carillon;
using carillon::test::command_outcome;
using carillon::test::run_command;
using carillon::test::temporary_directory;

// What operators do with the rows of an outbox that can be no events, in the database itself.

TEST_SUITE("node/outbox_commands") {
  namespace {

  bool has(const std::string& text, const std::string& part) {
    return text.find(part) != std::string::npos;
  }

  /// An outbox of which three rows were put aside, numbers 1, 2 and 3, and one waits.
  struct outbox_fixture {
    temporary_directory directory;
    std::string url = "sqlite://" + directory.path() + "/shop.db";

    outbox_fixture() {
      sqlite3* db = nullptr;
      REQUIRE(sqlite3_open((directory.path() + "/shop.db").c_str(), &db) == SQLITE_OK);
      const auto rows = std::string{outbox_ddl("sqlite")}
                        + "INSERT INTO carillon_outbox (id, type, company_id) VALUES "
                          "('a', 'no.such\x1b[2J', 'c-1'), ('b', 'no.such', NULL), "
                          "('c', 'no.such', NULL), ('d', 'order.cancelled', NULL);";
      REQUIRE(sqlite3_exec(db, rows.c_str(), nullptr, nullptr, nullptr) == SQLITE_OK);
      REQUIRE(sqlite3_close(db) == SQLITE_OK);
      auto relay = open_outbox(url, {});
      REQUIRE(relay.has_value());
      const failure why{ec::unknown_type, "there is no such type", "type"};
      REQUIRE((*relay)->claim().has_value());
      REQUIRE((*relay)->finish({}, {{1, why}, {2, why}, {3, why}}).has_value());
    }

    command_outcome run(std::vector<std::string> words) const {
      words.insert(words.begin(), "outbox");
      words.insert(words.end(), {"--from", url});
      return run_command(words);
    }

    /// `waiting refused`.
    std::string counts() const {
      const auto state = (*open_outbox(url, {}))->look(1'000);
      REQUIRE(state.has_value());
      return std::to_string(state->waiting) + ' ' + std::to_string(state->refused);
    }
  };

  } // namespace

  TEST_CASE_FIXTURE(outbox_fixture, "wrong usage is code 2, and changes nothing") {
    for (const auto& words : std::vector<std::vector<std::string>>{{},
                                                                   {"retry"},
                                                                   {"retry", "x"},
                                                                   {"retry", "0"},
                                                                   {"retry", "1", "--all"},
                                                                   {"discard"},
                                                                   {"discard", "-1"},
                                                                   {"refused", "--limit", "0"}}) {
      CAPTURE(words.size());
      CHECK(run(words).code == 2);
    }
    CHECK(counts() == "1 3");
  }

  TEST_CASE_FIXTURE(outbox_fixture, "refused rows are a table, safe for a terminal, or lines") {
    const auto table = run({"refused"});
    CHECK(table.code == 0);
    CHECK(has(table.out, "unknown_type"));
    CHECK(has(table.out, "there is no such type"));
    CHECK_FALSE(has(table.out, "\x1b"));
    const auto lines = run({"refused", "--json", "--after", "1", "--limit", "1"});
    CHECK(has(lines.out, R"({"seq":2,"id":"b","type":"no.such","source":"/outbox",)"
                         R"("companyId":null,"errorCode":"unknown_type",)"));
    CHECK_FALSE(has(lines.out, R"("id":"c")"));
  }

  TEST_CASE_FIXTURE(outbox_fixture, "rows of one number are printed together, past the limit") {
    sqlite3* db = nullptr;
    REQUIRE(sqlite3_open((directory.path() + "/shop.db").c_str(), &db) == SQLITE_OK);
    // As of an outbox that was made anew.
    REQUIRE(sqlite3_exec(db,
                         "UPDATE carillon_outbox_refused SET seq = 2, refused_at = 'later' WHERE "
                         "id = 'c'",
                         nullptr, nullptr, nullptr)
            == SQLITE_OK);
    REQUIRE(sqlite3_close(db) == SQLITE_OK);
    for (const char* limit : {"2", "3"}) {
      const auto lines = run({"refused", "--json", "--limit", limit}).out;
      CAPTURE(lines);
      CHECK(has(lines, R"("id":"b")"));
      CHECK(has(lines, R"("id":"c")"));
    }
    CHECK(run({"refused", "--json", "--after", "2"}).out.empty());
    CHECK(run({"retry", "2"}).out == "2 rows went back into the outbox\n");
    CHECK(counts() == "3 1");
  }

  TEST_CASE_FIXTURE(outbox_fixture, "rows go back by their numbers, or all") {
    const auto one = run({"retry", "2", "77"});
    CHECK(one.code == 1);
    CHECK(has(one.err, "some of these numbers"));
    CHECK(one.out == "1 row went back into the outbox\n");
    CHECK(counts() == "2 2");
    const auto rest = run({"retry", "--all", "--json"});
    CHECK(rest.out == "{\"retried\":2}\n");
    CHECK(counts() == "4 0");
    CHECK(run({"retry", "--all"}).code == 0);
    const auto none = run({"retry", "2"});
    CHECK(none.code == 1);
    CHECK(has(none.err, "no row with such a number"));
  }

  TEST_CASE_FIXTURE(outbox_fixture, "rows are forgotten only when they were put aside") {
    // The number of a row that waits.
    CHECK(run({"discard", "4"}).code == 1);
    CHECK(run({"discard", "1", "3", "--quiet"}).out == "2\n");
    CHECK(counts() == "1 1");
    CHECK(run({"discard", "--all"}).code == 0);
    CHECK(counts() == "1 0");
  }

  TEST_CASE("a database without the tables is told") {
    temporary_directory directory;
    const auto path = directory.path() + "/empty.db";
    sqlite3* db = nullptr;
    REQUIRE(sqlite3_open(path.c_str(), &db) == SQLITE_OK);
    REQUIRE(sqlite3_exec(db, "CREATE TABLE x (y)", nullptr, nullptr, nullptr) == SQLITE_OK);
    REQUIRE(sqlite3_close(db) == SQLITE_OK);
    for (const auto& words :
         std::vector<std::vector<std::string>>{{"refused"}, {"retry", "1"}, {"discard", "--all"}}) {
      auto line = words;
      line.insert(line.begin(), "outbox");
      line.insert(line.end(), {"--from", "sqlite://" + path});
      const auto out = run_command(line);
      CHECK(out.code == 1);
      CHECK(has(out.err, "carillon outbox ddl"));
    }
  }
}
