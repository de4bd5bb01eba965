// The lock of the node, and its blockers.

#include "tests/persistence/postgres/postgres_test_store.hpp"
#include "tests/support/own_postgres.hpp"

#include <mutex>
#include <thread>

namespace carillon::test {

TEST_SUITE("persistence/postgres_lease") {
  namespace {

  using namespace std::chrono_literals;

  struct lease_world {
    own_postgres server;
    temporary_directory directory;
    storage_options options;
    std::mutex mutex;
    std::string told;

    lease_world() {
      options.url = server.url();
      options.directory = directory.path();
      options.postgres.lock_timeout = 300ms;
      options.postgres.follow_interval = 20ms;
      options.on_trouble = [this](const std::string& x) {
        std::lock_guard guard{mutex};
        told = x;
      };
    }

    std::string heard() {
      std::lock_guard guard{mutex};
      return told;
    }

    /// Ends just the connection that has the lock of the node.
    void end_the_locks_connection() {
      server.administer(
        "SELECT pg_terminate_backend(pid) FROM pg_locks WHERE locktype = 'advisory' "
        "AND classid = 1128354377 AND objid = 0 AND granted");
    }

    bool somebody_has_the_lock() {
      pqxx::connection db{server.url()};
      pqxx::nontransaction work{db};
      return !work
                .exec("SELECT 1 FROM pg_locks WHERE locktype = 'advisory' AND classid = 1128354377 "
                      "AND objid = 0 AND granted")
                .empty();
    }
  };

  template <class F>
  bool eventually(F&& f) {
    const auto end = std::chrono::steady_clock::now() + 20s;
    while (!f())
      if (std::chrono::steady_clock::now() > end)
        return false;
    return true;
  }

  } // namespace

  TEST_CASE("a lock whose connection was ended is taken again by whoever looks after it") {
    lease_world w;
    auto node = must(storage::open(w.options));
    auto follower = must(node->open_log_follower());
    auto log = must(node->open_log_writer());
    must(follower->wait());
    w.end_the_locks_connection();
    REQUIRE(eventually([&] { return !w.somebody_has_the_lock(); }));
    CHECK(eventually([&] { return follower->wait() && w.somebody_has_the_lock(); }));
    auto refused = storage::open(w.options);
    REQUIRE(code_of(refused) == ec::store_locked);
    CHECK(refused.error().detail.find("role carillon, pid ") != std::string::npos);
    must(log->append(make_drafts("a", 1), epoch));
  }

  TEST_CASE("a node that was taken over learns of it though it writes nothing") {
    lease_world w;
    auto first = must(storage::open(w.options));
    auto follower = must(first->open_log_follower());
    must(follower->wait());
    w.end_the_locks_connection();
    REQUIRE(eventually([&] { return !w.somebody_has_the_lock(); }));
    auto second = must(storage::open(w.options));
    std::string detail;
    CHECK(eventually([&] {
      auto found = follower->wait();
      if (found || found.error().code != ec::store_locked)
        return false;
      detail = found.error().detail;
      return true;
    }));
    CHECK(detail.find("another node has taken the database over") != std::string::npos);
    // For good, also when the second one has gone.
    second.reset();
    CHECK(eventually([&] { return code_of(follower->wait()) == ec::store_locked; }));
    CHECK(storage::open(w.options));
  }

  TEST_CASE("who shares the database has no lock to look after") {
    lease_world w;
    auto node = must(storage::open(w.options));
    auto options = w.options;
    options.postgres.shared = true;
    auto other = must(storage::open(options));
    CHECK(must(must(other->open_log_follower())->wait()) == 0);
  }

  TEST_CASE("who takes the locks of writers is named to the operator, and not to clients") {
    lease_world w;
    auto node = must(storage::open(w.options));
    auto log = must(node->open_log_writer());
    auto state = must(node->open_state(true));
    w.server.administer("CREATE ROLE guest LOGIN");
    auto url = w.server.url();
    url.replace(url.find("carillon@"), 8, "guest");
    pqxx::connection other{url};
    pqxx::nontransaction guest{other};
    const auto pid = std::to_string(other.backendpid());
    for (const char* lock : {"1", "2"}) {
      CAPTURE(lock);
      guest.exec(std::string{"SELECT pg_advisory_lock(1128354377, "} + lock + ")");
      auto refused = *lock == '1'
                       ? code_of(log->append(make_drafts("a", 1), epoch))
                       : code_of(state->consumers().open({.name = "x", .initial = 0}, epoch));
      CHECK(refused == ec::store_unavailable);
      CHECK(w.heard().find("role guest, pid " + pid) != std::string::npos);
      guest.exec("SELECT pg_advisory_unlock_all()");
      w.told.clear();
    }
    guest.exec("SELECT pg_advisory_lock(1128354377, 1)");
    auto refused = log->append(make_drafts("a", 1), epoch);
    REQUIRE_FALSE(refused);
    CHECK(refused.error().detail.find("guest") == std::string::npos);
    guest.exec("SELECT pg_advisory_unlock_all()");
    must(log->append(make_drafts("b", 1), epoch));
  }
}

} // namespace carillon::test
