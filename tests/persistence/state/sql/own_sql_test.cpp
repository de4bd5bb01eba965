#include "persistence/state/sql/own_sql.hpp"

#include "tests/support/printing.hpp"

#include <doctest/doctest.h>

namespace carillon::test {

using namespace sql;

TEST_SUITE("persistence/own_sql") {
  TEST_CASE("parameters get dollars, but not in quotes and comments") {
    CHECK(with_dollars("INSERT INTO app_x VALUES (?1, ?12)")
          == "INSERT INTO app_x VALUES ($1, $12)");
    CHECK(with_dollars("SELECT '?1', \"?2\", ?3 -- ?4\n, ?5 /* ?6 */")
          == "SELECT '?1', \"?2\", $3 -- ?4\n, $5 /* ?6 */");
    CHECK(with_dollars("SELECT 'it''s ?1', ?2") == "SELECT 'it''s ?1', $2");
    CHECK(with_dollars("SELECT $$ ?1 $$, $a$ ?2 $b$ $a$, ?3")
          == "SELECT $$ ?1 $$, $a$ ?2 $b$ $a$, $3");
    CHECK(with_dollars("SELECT data ? 'a', x ?| y") == "SELECT data ? 'a', x ?| y");
    CHECK(with_dollars("SELECT '?1").size() == 10);
    CHECK(with_dollars("").empty());
  }

  TEST_CASE("the highest parameter counts") {
    CHECK(highest_parameter("SELECT 1") == 0);
    CHECK(highest_parameter("SELECT ?2, ?1, '?9'") == 2);
    CHECK(highest_parameter("SELECT ?1 + ?1") == 1);
    CHECK(highest_parameter("SELECT ?99999999999999999999999") == 0);
  }

  TEST_CASE("a statement reads or changes rows, and is one") {
    for (const auto* good :
         {"INSERT INTO app_x VALUES (1)", "  -- why\n/* and how */ update app_x SET n = 1;",
          "DELETE FROM app_x WHERE t = 'a;b';  -- the end", "WITH x AS (SELECT 1) SELECT * FROM x",
          "INSERT INTO app_x VALUES ('ROLLBACK')", "SELECT rollbacks FROM app_x"})
      CHECK_MESSAGE(check_own_statement(good), good);
    for (const auto* bad : {"", ";", "COMMIT", "-- INSERT", "BEGIN; INSERT INTO app_x VALUES (1)",
                            "PRAGMA user_version", "CREATE TABLE app_x (n INT)",
                            "INSERT INTO app_x VALUES (1); COMMIT", "SELECT 1;;",
                            "INSERT OR ROLLBACK INTO app_x VALUES (1)",
                            "UPDATE OR rollback app_x SET n = 1", "'INSERT'", "INSERTS"})
      CHECK_MESSAGE(!check_own_statement(bad), bad);
  }

  TEST_CASE("a script names no rollback") {
    CHECK(check_own_script("CREATE TABLE app_x (n INT); CREATE INDEX app_i ON app_x (n)"));
    CHECK(check_own_script("CREATE TABLE app_x (t TEXT DEFAULT 'rollback')"));
    CHECK_FALSE(check_own_script("CREATE TABLE app_x (n INT UNIQUE ON CONFLICT ROLLBACK)"));
    CHECK_FALSE(check_own_script("ROLLBACK"));
  }
}

} // namespace carillon::test
