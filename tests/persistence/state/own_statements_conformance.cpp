#include "messages/consumers/event_statements.hpp"
#include "messages/jobs/job.hpp"
#include "persistence/state/sql/own_statements.hpp"
#include "tests/persistence/state/state_fixture.hpp"

#include <algorithm>

// The contract of every state_store about an application's own tables and statements.

namespace carillon::test {

TEST_SUITE("persistence/own_statements") {
  namespace {

  using steps = std::vector<schema_step>;

  /// In both dialects.
  const steps own_tables{
    {1, "CREATE TABLE app_orders (id BIGINT PRIMARY KEY, total DOUBLE PRECISION CHECK (total > 0), "
        "note TEXT)"},
    {2, "CREATE TABLE app_bytes (id BIGINT PRIMARY KEY, bytes BLOB);"
        "CREATE TABLE app_probe (found BIGINT, wanted BIGINT, CHECK (found = wanted))"}};

  struct fixture : state_fixture {
    fixture() {
      begin("a");
      begin("b");
      must(state->schema().apply(tables(), epoch));
    }

    /// `own_tables` in the dialect of the store.
    steps tables() {
      auto out = own_tables;
      // Only SQLite indexes the log beside it.
      if (must(open->open_indexer()) == nullptr)
        out[1].sql.replace(out[1].sql.find("BLOB"), 4, "BYTEA");
      return out;
    }

    /// The effects of the event at `seq`.
    static event_statements made(position seq, std::vector<sql_statement> statements) {
      event_statements out;
      out.statements = std::move(statements);
      out.if_refused = {.seq = seq, .attempts = 1, .due = epoch, .first_failed_at = epoch};
      return out;
    }

    static sql_statement order(int64_t id, double total) {
      return {"INSERT INTO app_orders (id, total, note) VALUES (?1, ?2, ?3)",
              {id, total, std::string{"a note"}}};
    }

    std::shared_ptr<consumer_commit> commit_of(std::string consumer, position cursor,
                                               std::vector<event_statements> xs) {
      auto out = std::make_shared<consumer_commit>();
      out->generation = generations[consumer];
      out->consumer = std::move(consumer);
      out->cursor = cursor;
      out->now = epoch;
      out->refused = std::make_shared<refused_deliveries>();
      for (auto& x : xs)
        out->effects.add(std::move(x));
      return out;
    }

    /// Commits it; returns the refused positions with their reasons.
    std::vector<retry_row> run(std::vector<consumer_commit_ptr> xs) {
      must(state->consumers().commit(xs));
      std::vector<retry_row> out;
      for (const auto& x : xs)
        out.insert(out.end(), x->refused->rows.begin(), x->refused->rows.end());
      return out;
    }

    std::vector<retry_row> run(position cursor, std::vector<event_statements> xs) {
      return run({commit_of("a", cursor, std::move(xs))});
    }

    /// True if the query, of one number, finds it.
    bool finds(const std::string& query, int64_t wanted) {
      const auto cursor = record("b").cursor;
      auto refused = run(
        {commit_of("b", cursor,
                   {made(20, {{"INSERT INTO app_probe SELECT (" + query + "), CAST(?1 AS BIGINT)",
                               {wanted}}})})});
      return refused.empty();
    }

    size_t retries(const std::string& consumer) {
      return opened(consumer).retries.size();
    }
  };

  } // namespace

  TEST_CASE("statements commit with the cursor") {
    fixture f;
    CHECK(f.run(3, {f.made(2, {f.order(1, 9.5)}), f.made(3, {f.order(2, 0.5), f.order(3, 1)})})
            .empty());
    CHECK(f.record("a").cursor == 3);
    CHECK(f.finds("SELECT count(*) FROM app_orders", 3));
    CHECK_FALSE(f.finds("SELECT count(*) FROM app_orders", 4));
    CHECK(f.finds("SELECT count(*) FROM app_orders WHERE total = 9.5 AND note = 'a note'", 1));
  }

  TEST_CASE("values of every type arrive") {
    fixture f;
    std::string bytes{"\0\x01'\xff", 4};
    CHECK(
      f.run(2, {f.made(1, {{"INSERT INTO app_bytes VALUES (?1, ?2)", {int64_t{1}, sql_blob{bytes}}},
                           {"INSERT INTO app_bytes VALUES (?1, ?2)", {INT64_MIN, {}}}}),
                f.made(2, {{"INSERT INTO app_orders VALUES (?1, ?2, ?3)",
                            {INT64_MAX, 0.1, std::string{"it's \"ünï\" ?1 $1"}}}})})
        .empty());
    CHECK(f.finds("SELECT count(*) FROM app_bytes WHERE bytes IS NULL AND id < 0", 1));
    CHECK(f.finds("SELECT length(bytes) FROM app_bytes WHERE id = 1", 4));
    CHECK(f.finds("SELECT id FROM app_orders WHERE total = 0.1 AND length(note) = 16", INT64_MAX));
  }

  TEST_CASE("a statement that fails is a failure of its event alone") {
    fixture f;
    auto other = f.commit_of("b", 5, {f.made(5, {f.order(50, 1)})});
    auto mixed
      = f.commit_of("a", 4,
                    {f.made(1, {f.order(1, 1)}), f.made(2, {f.order(2, 1), f.order(3, -1)}),
                     f.made(3, {f.order(1, 1)}), f.made(4, {f.order(4, 1)})});
    auto refused = f.run({other, mixed});
    REQUIRE(refused.size() == 2);
    CHECK(refused[0].seq == 2);
    CHECK(refused[1].seq == 3);
    CHECK_FALSE(refused[0].last_error.empty());
    CHECK(f.record("a").cursor == 4);
    CHECK(f.record("b").cursor == 5);
    CHECK(f.retries("a") == 2);
    CHECK(f.retries("b") == 0);
    CHECK(f.finds("SELECT count(*) FROM app_orders", 3));
    CHECK(f.finds("SELECT count(*) FROM app_orders WHERE id IN (2, 3)", 0));
  }

  TEST_CASE("a retry that succeeds has no row any more, and one that is refused keeps it") {
    fixture f;
    CHECK(f.run(1, {f.made(1, {f.order(1, -1)})}).size() == 1);
    CHECK(f.retries("a") == 1);
    for (const double total : {-1.0, 1.0}) {
      auto again = f.commit_of("a", 1, {f.made(1, {f.order(1, total)})});
      again->erase_retries.emplace_back(1, 0);
      CHECK(f.run({again}).size() == (total > 0 ? 0 : 1));
      CHECK(f.retries("a") == (total > 0 ? 0 : 1));
    }
  }

  TEST_CASE("what else an event causes takes place with its statements or not at all") {
    fixture f;
    auto good = f.made(1, {f.order(1, 1)});
    auto bad = f.made(2, {f.order(2, -1)});
    good.others.add(make_entry("order.created", 1));
    bad.others.add(make_entry("order.created", 2));
    CHECK(f.run(2, {good, bad}).size() == 1);
    auto rows = must(f.state->audit().list({})).items;
    std::erase_if(rows, [](const auto& x) { return x.entry.action != "order.created"; });
    REQUIRE(rows.size() == 1);
    CHECK(rows[0].entry.event_seq == 1);
  }

  TEST_CASE("statements that cannot be run are refused, and say why") {
    fixture f;
    const std::vector<sql_statement> bad{
      {"SELEC 1", {}},
      {"INSERT INTO app_missing VALUES (1)", {}},
      {"INSERT INTO app_orders (nothing) VALUES (1)", {}},
      {"COMMIT", {}},
      {"INSERT INTO app_orders VALUES (1, 1, 'x'); COMMIT", {}},
      {"INSERT INTO app_orders VALUES (?1, 1, 'x')", {}},
      {"INSERT INTO app_orders VALUES (1, 1, 'x')", {int64_t{1}}},
      {"INSERT OR ROLLBACK INTO app_orders VALUES (1, -1, 'x')", {}}};
    position at = 0;
    for (const auto& x : bad) {
      ++at;
      auto refused = f.run(at, {f.made(at, {x, f.order(100, 1)})});
      REQUIRE_MESSAGE(refused.size() == 1, x.text);
      CHECK_MESSAGE(!refused[0].last_error.empty(), x.text);
    }
    CHECK(f.record("a").cursor == at);
    CHECK(f.finds("SELECT count(*) FROM app_orders", 0));
  }

  TEST_CASE("a read is a statement, too, and its rows are ignored") {
    fixture f;
    CHECK(f.run(2, {f.made(1, {f.order(1, 1), {"SELECT * FROM app_orders", {}}, f.order(2, 1)})})
            .empty());
    CHECK(f.finds("SELECT count(*) FROM app_orders", 2));
  }

  TEST_CASE("more texts than are kept are run all the same") {
    fixture f;
    std::vector<sql_statement> many;
    for (size_t i = 0; i < sql::own_statements::most_kept + 40; ++i)
      many.push_back(
        {"INSERT INTO app_orders VALUES (" + std::to_string(i) + ", ?1, NULL)", {1.5}});
    const auto count = static_cast<int64_t>(many.size());
    CHECK(f.run(1, {f.made(1, std::move(many))}).empty());
    CHECK(f.finds("SELECT count(*) FROM app_orders", count));
    CHECK(f.run(2, {f.made(2, {f.order(-1, -1)}), f.made(1, {f.order(-2, 1)})}).size() == 1);
  }

  TEST_CASE("tables are made once, and stay") {
    fixture f;
    CHECK(f.run(1, {f.made(1, {f.order(1, 1)})}).empty());
    f.restart();
    must(f.state->schema().apply(f.tables(), epoch));
    must(f.state->schema().apply({}, epoch));
    auto more = f.tables();
    more.push_back({7, "ALTER TABLE app_orders ADD COLUMN more TEXT; "
                       "CREATE INDEX app_orders_more ON app_orders (more)"});
    must(f.state->schema().apply(more, epoch));
    CHECK(f.finds("SELECT count(*) FROM app_orders WHERE more IS NULL", 1));
    CHECK(code_of(f.state->schema().apply(f.tables(), epoch)) == ec::store_too_new);
  }

  TEST_CASE("a schema that was changed, or is not in order, is refused") {
    fixture f;
    auto changed = f.tables();
    changed[0].sql += " ";
    CHECK(code_of(f.state->schema().apply(changed, epoch)) == ec::conflict);
    auto removed = f.tables();
    removed.erase(removed.begin());
    CHECK(code_of(f.state->schema().apply(removed, epoch)) == ec::conflict);
    for (const auto& versions : {std::pair{0U, 1U}, std::pair{2U, 1U}, std::pair{2U, 2U}}) {
      const steps wrong{{versions.first, "SELECT 1"}, {versions.second, "SELECT 1"}};
      CHECK(code_of(f.state->schema().apply(wrong, epoch)) == ec::invalid_argument);
    }
  }

  TEST_CASE("a step that fails, or touches what is not the application's, leaves nothing") {
    fixture f;
    for (const auto* sql :
         {"CREATE TABLE app_y (n BIGINT); CREATE TABLE orders (n BIGINT)",
          "CREATE TABLE app_y (n BIGINT); CREATE INDEX by_n ON app_y (n)",
          "CREATE TABLE app_y (n BIGINT); DROP TABLE dead_letters",
          "CREATE TABLE app_y (n BIGINT); ALTER TABLE consumers ADD COLUMN mine TEXT",
          "CREATE TABLE app_y (n BIGINT); INSERT INTO app_nothing VALUES (1)",
          "CREATE TABLE app_y (n BIGINT); CREATE TABL",
          "CREATE TABLE app_y (n BIGINT); ROLLBACK"}) {
      auto more = f.tables();
      more.push_back({3, sql});
      CHECK_MESSAGE(code_of(f.state->schema().apply(more, epoch)) == ec::invalid_argument, sql);
    }
    auto good = f.tables();
    good.push_back({3, "CREATE TABLE app_y (n BIGINT)"});
    must(f.state->schema().apply(good, epoch));
    f.begin("still-works");
  }
}

} // namespace carillon::test
