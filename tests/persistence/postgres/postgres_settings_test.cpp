// Roles and databases whose settings change the meaning of answers.

#include "persistence/postgres/connection.hpp"
#include "persistence/state/operators/audit_check.hpp"
#include "tests/persistence/state/state_fixture.hpp"
#include "tests/support/own_postgres.hpp"

#include <algorithm>
#include <atomic>
#include <filesystem>
#include <thread>

namespace carillon::test {

TEST_SUITE("persistence/postgres_settings") {
  namespace {

  using namespace std::chrono_literals;

  struct hostile_setting {
    const char* name;
    const char* preset;
    const char* pinned;
  };

  /// In the order in which they are preset: the last one keeps others from being.
  constexpr hostile_setting hostile[]
    = {{"bytea_output", "escape", "hex"},
       {"client_encoding", "LATIN1", "UTF8"},
       {"standard_conforming_strings", "off", "on"},
       {"backslash_quote", "off", "safe_encoding"},
       {"DateStyle", "German", "ISO, YMD"},
       {"IntervalStyle", "sql_standard", "iso_8601"},
       {"TimeZone", "Pacific/Auckland", "UTC"},
       {"extra_float_digits", "-15", "1"},
       {"array_nulls", "off", "on"},
       {"transform_null_equals", "on", "off"},
       {"default_transaction_isolation", "serializable", "read committed"},
       {"default_transaction_deferrable", "on", "off"},
       {"row_security", "on", "off"},
       {"synchronous_commit", "off", "on"},
       {"enable_indexscan", "off", "on"},
       {"enable_nestloop", "off", "on"},
       {"idle_session_timeout", "2s", "0"},
       {"lock_timeout", "1ms", "10s"},
       {"client_min_messages", "error", "warning"},
       {"exit_on_error", "on", "off"},
       {"default_transaction_read_only", "on", "off"}};

  struct hostile_world {
    own_postgres server;
    temporary_directory directory;
    storage_options options;

    /// @param whose `ROLE carillon` or `DATABASE postgres`
    explicit hostile_world(const std::string& whose) {
      options.url = server.url();
      options.directory = directory.path();
      for (const auto& x : hostile)
        server.administer("ALTER " + whose + " SET " + x.name + " = '" + x.preset + "'");
    }
  };

  } // namespace

  TEST_CASE("what a role or a database presets is pinned on every connection") {
    for (const char* whose : {"ROLE carillon", "DATABASE postgres"}) {
      CAPTURE(whose);
      hostile_world w{whose};
      postgres::connection db{w.options.url, w.options.postgres};
      for (const auto& x : hostile) {
        CAPTURE(x.name);
        CHECK(db.ask("SELECT current_setting($1)", {x.name})[0][0].c_str()
              == std::string{x.pinned});
      }
      // The next connection as well.
      w.server.administer(
        "BEGIN READ WRITE; SELECT pg_terminate_backend(pid) FROM pg_stat_activity "
        "WHERE application_name = 'carillon'; COMMIT");
      CHECK(db.ask("SELECT current_setting('bytea_output')", {})[0][0].c_str()
            == std::string{"hex"});
      CHECK(db.generation() == 2);
    }
  }

  TEST_CASE("what is written under hostile presets is read back as it was") {
    hostile_world w{"ROLE carillon"};
    auto store = must(storage::open(w.options));
    auto log = must(store->open_log_writer());
    auto state = must(store->open_state(true));
    auto drafts = make_drafts("a", 20);
    drafts[0]->data = R"({"t":"\\ 'ä' \u0041 \"x\" \\'"})";
    drafts[1]->source = R"(/a\b'c)";
    const std::vector<event_ptr> written{drafts.begin(), drafts.end()};
    must(log->append(drafts, epoch));
    auto read = must(must(store->open_log_reader())->read({}));
    REQUIRE(read.events.size() == 20);
    for (size_t i = 0; i < 20; ++i)
      CHECK(same_content(*read.events[i], *written[i]));

    auto seal = std::make_shared<const audit_seal>("key", w.directory.path() + "/audit.end");
    must(state->audit().seal(seal, event_digest(*read.events.front())));
    for (int i = 0; i < 5; ++i)
      must(state->audit().append({make_entry("a.b")}));
    auto settings = make_settings();
    settings.rate_per_second = 0.1 + 0.2;
    const std::string secret{"\\x41\0'\\000\xff", 11};
    auto made = must(state->webhooks().insert(
      {.settings = settings, .sealed = make_secret(secret), .start = 0, .by = {}}, epoch));
    auto reader = must(store->open_state(false));
    must(reader->audit().seal(seal, {}));
    auto pages = [&](const read_request& x) { return log->read(x); };
    auto checked = must(check_audit(reader->audit(), pages));
    CHECK(checked.verdict.valid);
    CHECK(checked.verdict.sealed);
    auto found = must(reader->webhooks().get(get_webhook{.id = made.id}));
    CHECK(found.webhook.settings.rate_per_second == 0.1 + 0.2);
    CHECK(found.webhook.created_at == epoch);
    REQUIRE(found.secrets.size() == 1);
    CHECK(found.secrets[0].sealed == secret);
    // Longer than the preset for idle sessions would leave them: nothing is refused.
    must(log->append(make_drafts("b", 1), epoch));
  }

  TEST_CASE("several append though the role asks for serializable transactions") {
    hostile_world w{"ROLE carillon"};
    auto node = must(storage::open(w.options));
    auto options = w.options;
    options.postgres.shared = true;
    std::vector<std::thread> threads;
    std::atomic<unsigned> refused{0};
    for (unsigned i = 0; i < 4; ++i)
      threads.emplace_back([&, i] {
        auto store = must(storage::open(options));
        auto log = must(store->open_log_writer());
        for (unsigned n = 0; n < 25; ++n)
          // Few are inserted, many copied.
          if (!log->append(
                make_drafts(std::to_string(i) + "-" + std::to_string(n) + "-", n % 2 == 0 ? 2 : 20),
                epoch))
            ++refused;
      });
    for (auto& x : threads)
      x.join();
    CHECK(refused == 0);
    CHECK(must(must(node->open_log_reader())->head()) == 4 * (13 * 2 + 12 * 20));
  }

  TEST_CASE("who appends without the lock is a race, and what lost it is appended behind") {
    own_postgres server;
    temporary_directory directory;
    storage_options options;
    options.url = server.url();
    options.directory = directory.path();
    auto node = must(storage::open(options));
    auto log = must(node->open_log_writer());
    for (size_t count : {size_t{1}, size_t{50}}) {
      CAPTURE(count);
      const auto next = must(log->head()) + 1;
      pqxx::connection other{server.url()};
      pqxx::work theirs{other};
      theirs.exec("INSERT INTO event_log VALUES (" + std::to_string(next)
                  + ", 'a.b', 0, '', '', '', 'x" + std::to_string(next)
                  + "', '/other', 0, '', '', 0, '{}', '{}')");
      expected<append_result> done{failure{}};
      std::thread ours{
        [&] { done = log->append(make_drafts(std::to_string(count) + "-", count), epoch); }};
      const auto end = std::chrono::steady_clock::now() + 10s;
      auto waits = [&] {
        pqxx::connection db{server.url()};
        pqxx::nontransaction work{db};
        return !work
                  .exec("SELECT 1 FROM pg_stat_activity WHERE application_name = 'carillon' AND "
                        "wait_event = 'transactionid'")
                  .empty();
      };
      while (!waits() && std::chrono::steady_clock::now() < end)
        std::this_thread::yield();
      theirs.commit();
      ours.join();
      REQUIRE(code_of(done) == ec::none);
      CHECK(done->items.front().seq == next + 1);
      CHECK_FALSE(done->items.front().duplicate);
    }
  }

  TEST_CASE("the URL is cut by libpq, and no secret of it is told") {
    own_postgres server;
    temporary_directory directory;
    const auto port = std::to_string(server.port());
    auto open = [&](const std::string& url) {
      storage_options options;
      options.url = url;
      options.directory = directory.path();
      options.postgres.connect_timeout = std::chrono::seconds{2};
      return storage::open(options);
    };
    // The password is not checked, and must not be parsed as a parameter or another database.
    for (const char* password : {"a?b", "a?dbname=other", "a%3Fb", "a%40b", "a'b\\c", "a b"}) {
      CAPTURE(password);
      CHECK(open("postgresql://carillon:" + std::string{password} + "@127.0.0.1:" + port
                 + "/postgres"));
    }
    CHECK(open("postgresql://carillon@127.0.0.1:" + port + "/postgres?connect_timeout=3"));
    for (const std::string& url :
         {std::string{"postgresql://u:S3cret@x@127.0.0.1/postgres"},
          std::string{"postgresql://u:S3cret%zz@127.0.0.1/postgres"},
          std::string{"postgresql://u:S3cret/x@127.0.0.1/postgres"},
          "postgresql://nobody:S3cret@127.0.0.1:" + port + "/postgres?password=S3cret",
          std::string{"postgresql://u:S3cret@127.0.0.1:1/postgres"},
          std::string{"postgresql://127.0.0.1/postgres?passwrd=S3cret"},
          std::string{"user=u password=S3cret"}, std::string{"user=u&password=S3cret"}}) {
      CAPTURE(url);
      auto refused = open(url);
      REQUIRE_FALSE(refused);
      CHECK(refused.error().detail.find("S3c") == std::string::npos);
      CHECK(refused.error().detail.find('\n') == std::string::npos);
      CHECK_FALSE(refused.error().detail.empty());
    }
  }
}

} // namespace carillon::test
