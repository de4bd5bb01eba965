#include "carillon/carillon.hpp"

#include "tests/node/engine/own_system.hpp"
#include "tests/support/printing.hpp"

#include <caf/event_based_actor.hpp>
#include <caf/scoped_actor.hpp>

#include <sqlite3.h>

using namespace carillon;
using namespace std::chrono_literals;

TEST_SUITE("node/own_tables") {
  using test::eventually;

  namespace {

  sql_statement row(const char* handler, position seq, int64_t attempt) {
    return {"INSERT INTO app_seen VALUES (?1, ?2, ?3)",
            {std::string{handler}, static_cast<int64_t>(seq), attempt}};
  }

  /// An engine whose table takes the rows of every third event from the second attempt on.
  struct fixture : test::own_system {
    std::vector<schema_step> schema{
      {1, "CREATE TABLE app_seen (handler TEXT, seq INTEGER, attempt INTEGER, "
          "CHECK (attempt > 1 OR seq % 3 <> 0))"}};
    expected<engine> node = start();

    expected<engine> start() {
      engine_options options;
      options.schema = schema;
      return own_system::start(options);
    }

    void publish(int count) {
      for (int n = 0; n < count; ++n)
        REQUIRE(node->publish(order_created{.company_id = "c", .order_id = std::to_string(n)}));
    }

    /// The one number that the query finds; -1 without one.
    int64_t ask(const std::string& query) {
      sqlite3* db = nullptr;
      sqlite3_stmt* statement = nullptr;
      int64_t out = -1;
      sqlite3_open_v2((dir.path() + "/data/state.db").c_str(), &db, SQLITE_OPEN_READONLY, nullptr);
      if (sqlite3_prepare_v2(db, query.c_str(), -1, &statement, nullptr) == SQLITE_OK
          && sqlite3_step(statement) == SQLITE_ROW)
        out = sqlite3_column_int64(statement, 0);
      sqlite3_finalize(statement);
      sqlite3_close(db);
      return out;
    }

    dead_letter_page dead_letters(const std::string& consumer) {
      list_dead_letters request;
      request.page.name = consumer;
      auto out = carillon::ask<dead_letter_page>(sys, node->handles().state_reader.consumers, 5s,
                                                 std::move(request));
      return out ? *out : dead_letter_page{};
    }
  };

  consumer_policy quick(delivery_order order = delivery_order::none) {
    consumer_policy out;
    out.order = order;
    out.max_attempts = 2;
    out.retry_schedule = {10ms};
    return out;
  }

  /// Answers each delivery with a row of it.
  caf::behavior writing_actor(caf::event_based_actor*, const char* name) {
    return {[name](const delivery& x) -> delivery_outcome_ptr {
      auto out = std::make_shared<delivery_outcome>();
      out->made.add(row(name, x.event->seq, x.attempt));
      return out;
    }};
  }

  } // namespace

  TEST_CASE_FIXTURE(fixture, "a refused statement fails its event alone, to the dead letter") {
    REQUIRE(node);
    // Its attempt is always the first.
    REQUIRE(node->subscribe_effects<order_created>(
      "ledger",
      [](const order_created&, const event& x, effects& out) { out.add(row("ledger", x.seq, 1)); },
      quick()));
    publish(10);
    CHECK(eventually([&] { return dead_letters("ledger").items.size() == 3; }));
    CHECK(dead_letters("ledger").items.at(0).last_error.find("CHECK") != std::string::npos);
    CHECK(dead_letters("ledger").items.at(0).attempts == 2);
    CHECK(eventually([&] { return ask("SELECT count(*) FROM app_seen") == 7; }));
    CHECK(ask("SELECT count(*) FROM app_seen WHERE seq % 3 = 0") == 0);
    CHECK(node->stop());
  }

  TEST_CASE_FIXTURE(fixture, "an actor's statements are retried, once per event") {
    REQUIRE(node);
    for (auto [name, order] :
         {std::pair{"free", delivery_order::none}, std::pair{"in-order", delivery_order::per_key}})
      REQUIRE(node->subscribe(name, {"order.*"}, sys.spawn(writing_actor, name), quick(order)));
    publish(30);
    for (const std::string name : {"free", "in-order"}) {
      const auto of_it = " FROM app_seen WHERE handler = '" + name + "'";
      CHECK(eventually([&] { return ask("SELECT count(*)" + of_it) == 30; }));
      CHECK(ask("SELECT count(DISTINCT seq)" + of_it) == 30);
      CHECK(ask("SELECT count(*)" + of_it + " AND attempt = 2") == 10);
    }
    // Rows of one key are written in the order of the log.
    CHECK(ask("SELECT count(*) FROM app_seen x, app_seen y WHERE x.handler = 'in-order' AND "
              "y.handler = 'in-order' AND x.rowid < y.rowid AND x.seq > y.seq")
          == 0);
    CHECK(node->stop());
  }

  TEST_CASE_FIXTURE(fixture, "a total order has no statements") {
    REQUIRE(node);
    REQUIRE(node->subscribe("total", {"order.*"}, sys.spawn(writing_actor, "total"),
                            quick(delivery_order::total)));
    publish(1);
    CHECK(eventually([&] { return dead_letters("total").items.size() == 1; }));
    CHECK(ask("SELECT count(*) FROM app_seen") == 0);
    CHECK(node->stop());
  }

  TEST_CASE_FIXTURE(fixture, "a schema that cannot be applied is told at the start") {
    REQUIRE(node);
    CHECK(node->stop());
    schema.push_back({2, "CREATE TABLE mine (n INTEGER)"});
    node = start();
    REQUIRE_FALSE(node);
    CHECK(node.error().code == ec::invalid_argument);
    CHECK(node.error().field == "schema");
    schema.back().sql = "CREATE TABLE app_mine (n INTEGER)";
    node = start();
    REQUIRE(node);
    CHECK(ask("SELECT count(*) FROM app_mine") == 0);
    CHECK(node->stop());
  }
}
