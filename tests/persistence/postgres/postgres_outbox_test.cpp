#include "persistence/outbox/source.hpp"
#include "tests/persistence/postgres/postgres_test_store.hpp"

#include <pqxx/pqxx>

#include <chrono>
#include <memory>
#include <string>
#include <thread>

// The outbox of Carillon's own database, and who may do what in it.

namespace carillon::test {

using namespace std::chrono_literals;

TEST_SUITE("persistence/postgres_outbox") {
  namespace {

  /// A session of an application.
  struct outbox_client {
    pqxx::connection db;

    explicit outbox_client(const std::string& url) : db(url) {
    }

    std::string run(const std::string& sql) {
      pqxx::nontransaction work{db};
      auto found = work.exec(sql);
      return found.empty() || found[0].empty() || found[0][0].is_null() ? std::string{}
                                                                        : found[0][0].c_str();
    }
  };

  std::unique_ptr<outbox_source> outbox_at(const std::string& url, outbox_options options = {}) {
    return must(open_outbox(url, options));
  }

  std::string outbox_ids(const expected<outbox_rows>& rows) {
    std::string out;
    for (const auto& x : must(rows))
      out += (out.empty() ? "" : " ") + x.id;
    return out;
  }

  } // namespace

  TEST_CASE("what a transaction publishes is there when it has committed, and not before") {
    postgres_test_store x;
    outbox_client app{x.url()};
    auto source = outbox_at(x.url());
    app.run("BEGIN");
    CHECK(app.run("SELECT carillon.publish('order.cancelled', '{\"orderId\": \"o-1\"}', 'e-1', "
                  "company_id => 'c-1', source => '/shop', metadata => '{\"a\":1}', "
                  "occurred_at => '2026-12-01 10:00:00.000001+00')")
          == "e-1");
    CHECK(outbox_ids(source->claim()).empty());
    app.run("COMMIT");
    auto rows = must(source->claim());
    REQUIRE(rows.size() == 1);
    CHECK(rows[0].type == "order.cancelled");
    CHECK(rows[0].source == "/shop");
    CHECK(rows[0].company_id == "c-1");
    CHECK(rows[0].time == "2026-12-01T10:00:00.000001Z");
    CHECK(rows[0].data == "{\"orderId\": \"o-1\"}");
    CHECK(rows[0].metadata == "{\"a\":1}");
    must(source->finish({rows[0].seq}, {}));
    app.run("BEGIN; SELECT carillon.publish('order.cancelled'); ROLLBACK");
    CHECK(outbox_ids(source->claim()).empty());
    CHECK(app.run("SELECT length(carillon.publish('order.cancelled'))") == "36");
  }

  TEST_CASE("a number that becomes visible late is not passed over") {
    postgres_test_store x;
    outbox_client first{x.url()};
    outbox_client second{x.url()};
    auto source = outbox_at(x.url());
    first.run("BEGIN; SELECT carillon.publish('order.cancelled', id => 'early')");
    second.run("SELECT carillon.publish('order.cancelled', id => 'late')");
    auto rows = must(source->claim());
    REQUIRE(rows.size() == 1);
    must(source->finish({rows[0].seq}, {}));
    first.run("COMMIT");
    CHECK(outbox_ids(source->claim()) == "early");
  }

  TEST_CASE("a role of an application publishes, and may do nothing else") {
    postgres_test_store x;
    outbox_client owner{x.url()};
    owner.run(
      "DO $$ BEGIN IF to_regrole('outbox_app') IS NULL THEN CREATE ROLE outbox_app; END IF; "
      "END $$");
    outbox_client app{x.url()};
    app.run("SET ROLE outbox_app");
    CHECK_THROWS(app.run("SELECT carillon.publish('order.cancelled')"));
    // What docs/outbox.md says.
    owner.run("GRANT USAGE ON SCHEMA carillon TO outbox_app; "
              "GRANT EXECUTE ON FUNCTION carillon.publish TO outbox_app");
    CHECK(app.run("SELECT carillon.publish('order.cancelled', id => 'e-1')") == "e-1");
    for (const char* forbidden :
         {"SELECT * FROM carillon_outbox", "DELETE FROM carillon_outbox",
          "INSERT INTO carillon_outbox (type) VALUES ('order.cancelled')",
          "SELECT * FROM event_log", "DELETE FROM event_log", "SELECT * FROM api_keys"}) {
      CAPTURE(forbidden);
      CHECK_THROWS(app.run(forbidden));
    }
    // A table of the caller's own is not taken for the outbox.
    app.run("CREATE TEMPORARY TABLE carillon_outbox (id text)");
    CHECK(app.run("SELECT carillon.publish('order.cancelled', id => 'e-2')") == "e-2");
    CHECK(owner.run("SELECT string_agg(id, ' ' ORDER BY seq) FROM carillon_outbox") == "e-1 e-2");
    owner.run("DROP OWNED BY outbox_app");
  }

  TEST_CASE("a sleeper is woken, and a relay that is awake is not told") {
    postgres_test_store x;
    outbox_client app{x.url()};
    outbox_client listener{x.url()};
    struct heard_notices : pqxx::notification_receiver {
      using notification_receiver::notification_receiver;
      unsigned count = 0;
      void operator()(const std::string&, int) override {
        ++count;
      }
    } heard{listener.db, "carillon_outbox"};
    auto source = outbox_at(x.url(), {.longest_wait = 20s});
    CHECK(must(source->claim()).empty());
    app.run("SELECT carillon.publish('order.cancelled', id => 'a')");
    listener.db.get_notifs();
    CHECK(heard.count == 0);
    // Between the look and the wait.
    const auto begin = std::chrono::steady_clock::now();
    must(source->wait());
    auto rows = must(source->claim());
    REQUIRE(rows.size() == 1);
    must(source->finish({rows[0].seq}, {}));
    std::thread sleeper{[&] { must(source->wait()); }};
    while (app.run("SELECT count(*) FROM pg_locks WHERE locktype = 'advisory' AND classid = "
                   "1128354391 AND mode = 'ExclusiveLock' AND granted AND database = "
                   "(SELECT oid FROM pg_database WHERE datname = current_database())")
           != "1")
      std::this_thread::yield();
    app.run("SELECT carillon.publish('order.cancelled', id => 'b')");
    sleeper.join();
    CHECK(std::chrono::steady_clock::now() - begin < 15s);
    CHECK(outbox_ids(source->claim()) == "b");
    while (heard.count == 0)
      listener.db.await_notification(10, 0);
    CHECK(heard.count == 1);
  }

  TEST_CASE("a relay does not sleep while somebody is about to commit") {
    postgres_test_store x;
    outbox_client app{x.url()};
    auto source = outbox_at(x.url(), {.longest_wait = 20s});
    CHECK(must(source->claim()).empty());
    app.run("BEGIN; SELECT carillon.publish('order.cancelled', id => 'a')");
    const auto begin = std::chrono::steady_clock::now();
    must(source->wait());
    CHECK(std::chrono::steady_clock::now() - begin < 5s);
    app.run("COMMIT");
    CHECK(outbox_ids(source->claim()) == "a");
  }

  TEST_CASE("one owner; a refused row goes aside; a wait ends with stop") {
    postgres_test_store x;
    outbox_client app{x.url()};
    app.run("SELECT carillon.publish('no type', id => 'a')");
    auto source = outbox_at(x.url(), {.longest_wait = 20s});
    auto rows = must(source->claim());
    auto other = outbox_at(x.url());
    CHECK(other->claim().error().code == ec::store_locked);
    must(source->finish({}, {{rows[0].seq, {ec::unknown_type, "it's \\ 'none'", "type"}}}));
    CHECK(app.run("SELECT id || ' ' || error_code || ' ' || error_detail FROM "
                  "carillon_outbox_refused")
          == "a unknown_type it's \\ 'none'");
    const auto state = must(source->look(10));
    CHECK(state.waiting == 0);
    CHECK(state.refused == 1);
    // An operator, while the relay has the outbox.
    const auto listed = must(other->aside(0, 10));
    REQUIRE(listed.size() == 1);
    CHECK(listed[0].id == "a");
    CHECK(listed[0].error_code == "unknown_type");
    CHECK(listed[0].refused_at.size() == std::string{"2026-12-01T10:00:00.000000Z"}.size());
    CHECK(must(other->aside(listed[0].seq, 10)).empty());
    app.run("SELECT carillon.publish('order.cancelled', id => 'b')");
    CHECK(must(other->restore({listed[0].seq, listed[0].seq + 1'000})) == 1);
    CHECK(must(other->restore({listed[0].seq})) == 0);
    rows = must(source->claim());
    REQUIRE(rows.size() == 2);
    CHECK(rows[0].id == "b");
    CHECK(rows[1].id == "a");
    CHECK(must(other->look(1)).waiting == 1);
    must(source->finish({rows[0].seq}, {{rows[1].seq, {ec::unknown_type, "", "type"}}}));
    CHECK(must(other->discard({rows[1].seq})) == 1);
    CHECK(must(other->look(10)).refused == 0);
    CHECK(must(other->look(10)).oldest_seconds == 0);
    std::thread stopper{[&] { source->stop(); }};
    static_cast<void>(source->wait());
    stopper.join();
    source.reset();
    CHECK(must(other->claim()).empty());
  }

  TEST_CASE("the statements make an outbox in a database of an application") {
    postgres_test_store x{database_content::nothing};
    CHECK(outbox_at(x.url())->claim().error().code == ec::store_refused);
    outbox_client app{x.url()};
    app.run("CREATE SCHEMA shop; SET search_path = shop");
    app.run(std::string{outbox_ddl("postgresql")});
    app.run("SET search_path = public; SELECT carillon.publish('order.cancelled', id => 'a')");
    CHECK(outbox_ids(outbox_at(x.url() + (x.url().find('?') == std::string::npos ? "?" : "&")
                               + "options=-csearch_path%3Dshop")
                       ->claim())
          == "a");
  }

  TEST_CASE("a table of a role without the right to make schemas has no function, and no fault") {
    postgres_test_store x{database_content::nothing};
    outbox_client owner{x.url()};
    owner.run("DO $$ BEGIN IF to_regrole('outbox_poor') IS NULL THEN CREATE ROLE outbox_poor; END "
              "IF; END $$; CREATE SCHEMA poor AUTHORIZATION outbox_poor");
    outbox_client poor{x.url()};
    poor.run("SET ROLE outbox_poor; SET search_path = poor");
    poor.run(std::string{outbox_ddl("postgresql")});
    poor.run("INSERT INTO carillon_outbox (type) VALUES ('order.cancelled')");
    CHECK(owner.run("SELECT to_regnamespace('carillon') IS NULL") == "t");
    owner.run("DROP OWNED BY outbox_poor");
  }
}

} // namespace carillon::test
