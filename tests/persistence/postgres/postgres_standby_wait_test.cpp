// Commits that wait for a synchronous standby, and whose wait is ended.

#include "tests/persistence/test_store.hpp"
#include "tests/support/own_postgres.hpp"

#include <atomic>
#include <chrono>
#include <functional>
#include <thread>

namespace carillon::test {

TEST_SUITE("persistence/postgres_standby_wait") {
  namespace {

  using namespace std::chrono_literals;

  /// A store whose server waits, when told, for a standby that never comes.
  struct waiting_world {
    own_postgres server;
    temporary_directory directory;
    storage_options options;
    std::unique_ptr<storage> store;
    std::unique_ptr<event_log> log;
    std::unique_ptr<state_store> state;

    waiting_world() {
      server.administer("ALTER SYSTEM SET wal_level = replica");
      server.administer("ALTER SYSTEM SET max_wal_senders = 2");
      server.restart("fast");
      options.url = server.url();
      options.directory = directory.path();
      options.postgres.max_pause = 200ms;
      options.postgres.doubt_limit = 1s;
      store = must(storage::open(options));
      log = must(store->open_log_writer());
      state = must(store->open_state(true));
      must(state->consumers().open({.name = "x", .initial = 0}, epoch));
    }

    /// From now on each commit waits; all connections are new.
    void wait_for_nobody() {
      server.administer("ALTER SYSTEM SET synchronous_standby_names = 'nobody'");
      server.restart("fast");
      // A reading call finds out that its connection is gone.
      auto end = std::chrono::steady_clock::now() + 30s;
      while (!log->head())
        REQUIRE(std::chrono::steady_clock::now() < end);
    }

    void wait_no_more() {
      server.administer("ALTER SYSTEM RESET synchronous_standby_names");
      server.administer("SELECT pg_reload_conf()");
    }

    /// Commits that wait; `f` is what is done to their processes.
    size_t waiting(const std::string& f = "count") {
      pqxx::connection db{server.url()};
      pqxx::nontransaction work{db};
      auto found = work.exec("SELECT count(" + (f == "count" ? "pid" : f + "(pid)")
                             + ") FROM pg_stat_activity WHERE wait_event = 'SyncRep'");
      return found[0][0].as<size_t>();
    }
  };

  /// A call on a thread of its own.
  class call {
  public:
    explicit call(std::function<ec()> f)
      : thread_([this, f = std::move(f)] {
          result_ = f();
          done_ = true;
        }) {
    }
    ~call() {
      thread_.join();
    }

    bool done() const noexcept {
      return done_;
    }

    /// Waits until it is done, or its commit waits for a standby.
    void settle(waiting_world& w) {
      const auto end = std::chrono::steady_clock::now() + 30s;
      while (!done_ && w.waiting() == 0)
        REQUIRE(std::chrono::steady_clock::now() < end);
    }

    /// Ends each wait until the call is done.
    ec harass(waiting_world& w, const std::string& how) {
      const auto end = std::chrono::steady_clock::now() + 30s;
      while (!done_) {
        w.waiting(how);
        REQUIRE(std::chrono::steady_clock::now() < end);
      }
      return result_;
    }

    ec result() {
      const auto end = std::chrono::steady_clock::now() + 30s;
      while (!done_) {
        REQUIRE(std::chrono::steady_clock::now() < end);
        std::this_thread::yield();
      }
      return result_;
    }

  private:
    std::atomic<bool> done_{false};
    ec result_ = ec::none;
    std::thread thread_;
  };

  /// As `wait_for_nobody`, and the connections stay.
  void wait_at_once(waiting_world& w) {
    w.server.administer("ALTER SYSTEM SET synchronous_standby_names = 'nobody'");
    w.server.administer("SELECT pg_reload_conf()");
    std::atomic<bool> stop{false};
    call probe{[&] {
      pqxx::connection db{w.server.url()};
      pqxx::quiet_errorhandler quiet{db};
      pqxx::nontransaction work{db};
      while (!stop)
        work.exec("SELECT pg_logical_emit_message(true, 'test', '')");
      return ec::none;
    }};
    probe.settle(w);
    stop = true;
    probe.harass(w, "pg_cancel_backend");
  }

  consumer_commit_ptr moved_to(position cursor) {
    auto x = std::make_shared<consumer_commit>();
    x->consumer = "x";
    x->generation = 1;
    x->cursor = cursor;
    x->now = epoch;
    return x;
  }

  } // namespace

  TEST_CASE("an append whose wait for a standby is ended is acknowledged when one has it") {
    // Few are inserted where the connection has appended before, many copied.
    for (size_t count : {size_t{2}, size_t{50}})
      for (const char* how : {"pg_cancel_backend", "pg_terminate_backend"}) {
        CAPTURE(count);
        CAPTURE(how);
        waiting_world w;
        must(w.log->append(make_drafts("first", 1), epoch));
        if (count == 2)
          wait_at_once(w);
        else
          w.wait_for_nobody();
        const auto drafts = make_drafts("a", count);
        {
          call first{[&] { return code_of(w.log->append(drafts, epoch)); }};
          CHECK(first.harass(w, how) == ec::store_unavailable);
        }
        // They are visible, and a repeat is not acknowledged by that.
        CHECK(must(must(w.store->open_log_reader())->head()) == 1 + count);
        expected<append_result> again{failure{}};
        {
          call second{[&] {
            again = w.log->append(drafts, epoch);
            return code_of(again);
          }};
          second.settle(w);
          CHECK_FALSE(second.done());
          w.wait_no_more();
          CHECK(second.result() == ec::none);
        }
        REQUIRE(again);
        for (size_t i = 0; i < count; ++i) {
          CHECK(again->items[i].seq == i + 2);
          CHECK(again->items[i].duplicate);
        }
        CHECK(must(w.log->head()) == 1 + count);
      }
  }

  TEST_CASE("one cancelled wait delays an append, and fails none") {
    waiting_world w;
    w.wait_for_nobody();
    expected<append_result> stored{failure{}};
    call first{[&] {
      stored = w.log->append(make_drafts("a", 3), epoch);
      return code_of(stored);
    }};
    first.settle(w);
    w.waiting("pg_cancel_backend");
    // What confirms it waits as well.
    first.settle(w);
    CHECK_FALSE(first.done());
    w.wait_no_more();
    CHECK(first.result() == ec::none);
    REQUIRE(stored);
    CHECK_FALSE(stored->items.front().duplicate);
  }

  TEST_CASE("a repeat on a new connection waits for the standby, and on that one no more") {
    waiting_world w;
    const auto drafts = make_drafts("a", 3);
    must(w.log->append(drafts, epoch));
    // As long as the connection lives it knows that they are safe.
    CHECK(must(w.log->append(drafts, epoch)).items.front().duplicate);
    w.wait_for_nobody();
    {
      call repeat{[&] { return code_of(w.log->append(drafts, epoch)); }};
      repeat.settle(w);
      CHECK_FALSE(repeat.done());
      w.wait_no_more();
      CHECK(repeat.result() == ec::none);
    }
    wait_at_once(w);
    call repeat{[&] { return code_of(w.log->append(drafts, epoch)); }};
    CHECK(repeat.result() == ec::none);
    w.wait_no_more();
  }

  TEST_CASE("a commit of the state whose wait is ended is in doubt, and takes place once") {
    for (const char* how : {"pg_cancel_backend", "pg_terminate_backend"}) {
      CAPTURE(how);
      waiting_world w;
      w.wait_for_nobody();
      auto x = moved_to(1);
      {
        call first{[&] { return code_of(w.state->consumers().commit(std::span{&x, 1})); }};
        CHECK(first.harass(w, how) == ec::store_unavailable);
      }
      {
        call second{[&] { return code_of(w.state->consumers().commit(std::span{&x, 1})); }};
        second.settle(w);
        CHECK_FALSE(second.done());
        w.wait_no_more();
        CHECK(second.result() == ec::none);
      }
      auto next = moved_to(2);
      must(w.state->consumers().commit(std::span{&next, 1}));
      CHECK(must(w.state->consumers().list()).front().cursor == 2);
    }
  }

  TEST_CASE("what the state only reads on a new connection is answered behind a confirmed commit") {
    waiting_world w;
    const auto add = [&] {
      const enqueue_jobs x{{{.kind = "thumbs", .key = "a", .payload = "{}", .company_id = "acme"}}};
      return w.state->jobs().enqueue(x, epoch);
    };
    must(add());
    w.wait_for_nobody();
    call repeat{[&] { return code_of(add()); }};
    repeat.settle(w);
    CHECK_FALSE(repeat.done());
    w.wait_no_more();
    CHECK(repeat.result() == ec::none);
  }
}

} // namespace carillon::test
