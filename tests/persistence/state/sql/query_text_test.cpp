#include "persistence/state/sql/query_text.hpp"

#include <doctest/doctest.h>

#include <algorithm>

namespace carillon::test {

TEST_SUITE("persistence/query_text") {
  namespace {

  using namespace sql;

  constexpr common_text text{"SELECT ?1, ?12 FROM t WHERE a = ?1"};

  const sql_query one{"test_one", "SELECT ?1"};
  const sql_query two{"test_two", "SELECT ?1 || ''", "SELECT CAST(?1 AS TEXT)"};
  const sql_query many{"test_many", "SELECT 1", row_count::many};

  } // namespace

  TEST_CASE("the text for PostgreSQL has its placeholders, and nothing else differs") {
    CHECK(text.for_sqlite == "SELECT ?1, ?12 FROM t WHERE a = ?1");
    CHECK(std::string_view{text.for_postgres.data()} == "SELECT $1, $12 FROM t WHERE a = $1");
    CHECK(one.text == "SELECT ?1");
    CHECK(one.text_for_postgres == "SELECT $1");
    CHECK_FALSE(one.streams);
    CHECK(many.streams);
  }

  TEST_CASE("a statement may have a text for each database") {
    CHECK(two.text == "SELECT ?1 || ''");
    CHECK(two.text_for_postgres == "SELECT CAST($1 AS TEXT)");
  }

  TEST_CASE("a definition registers itself") {
    const auto all = query_text::registered();
    for (const query_text* x :
         {static_cast<const query_text*>(&one), static_cast<const query_text*>(&two),
          static_cast<const query_text*>(&many)})
      CHECK(std::count(all.begin(), all.end(), x) == 1);
    CHECK(
      std::is_sorted(all.begin(), all.end(), [](auto* x, auto* y) { return x->name < y->name; }));
  }
}

} // namespace carillon::test
