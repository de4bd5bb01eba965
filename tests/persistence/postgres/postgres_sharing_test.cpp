// Several processes that use one database.

#include "tests/persistence/postgres/postgres_test_store.hpp"
#include "tests/support/own_postgres.hpp"

#include <atomic>
#include <fstream>
#include <functional>
#include <iterator>
#include <mutex>
#include <random>
#include <set>
#include <thread>

namespace carillon::test {

using namespace std::chrono_literals;

TEST_SUITE("persistence/postgres_sharing") {
  TEST_CASE("a second node is refused, and may start when the first has gone") {
    postgres_test_store x;
    auto first = must(x.try_open({}));
    CHECK(code_of(x.try_open({})) == ec::store_locked);
    storage_options reading;
    reading.read_only = true;
    CHECK(x.try_open(reading));
    first.reset();
    CHECK(x.try_open({}));
  }

  TEST_CASE("a node that lost its lock to another one writes nothing more") {
    own_postgres server;
    temporary_directory directory;
    storage_options options;
    options.url = server.url();
    options.directory = directory.path();
    auto first = must(storage::open(options));
    auto log = must(first->open_log_writer());
    auto state = must(first->open_state(true));
    must(log->append(make_drafts("a", 1), epoch));
    server.terminate_all();
    // Before the first one notices.
    auto second = must(storage::open(options));
    auto other = must(second->open_log_writer());
    CHECK(must(other->append(make_drafts("b", 1), epoch)).items[0].seq == 2);
    CHECK(code_of(log->append(make_drafts("c", 1), epoch)) == ec::store_locked);
    CHECK(code_of(state->consumers().open({.name = "x", .initial = 0}, epoch)) == ec::store_locked);
    CHECK(must(other->head()) == 2);
  }

  TEST_CASE("who follows the log hears of what others append, and not of his own") {
    own_postgres server;
    temporary_directory directory;
    storage_options options;
    options.url = server.url();
    options.directory = directory.path();
    auto node = must(storage::open(options));
    auto own = must(node->open_log_writer());
    must(own->append(make_drafts("own", 3), epoch));
    // It is not detected by polling.
    options.postgres.follow_interval = 30s;
    const auto begin = std::chrono::steady_clock::now();
    options.postgres.shared = true;
    auto other = must(storage::open(options));
    auto log = must(other->open_log_writer());
    auto from_here = must(other->open_log_follower());
    // Events appended before it began to listen.
    CHECK(must(from_here->wait()) == 3);
    must(own->append(make_drafts("more", 2), epoch));
    CHECK(must(from_here->wait()) == 5);
    must(log->append(make_drafts("other", 1), epoch));
    must(own->append(make_drafts("last", 1), epoch));
    CHECK(must(from_here->wait()) == 7);
    CHECK(std::chrono::steady_clock::now() - begin < 20s);
    // Any client may send any notice.
    server.administer("NOTIFY carillon_log, '999'; NOTIFY carillon_log, '-1'");
    must(own->append(make_drafts("next", 1), epoch));
    CHECK(must(from_here->wait()) == 8);

    std::thread waits{[&] { CHECK(must(from_here->wait()) == 0); }};
    from_here->stop();
    waits.join();
    CHECK(must(from_here->wait()) == 0);
  }

  TEST_CASE("who follows the log learns of it though notices are lost, and after a restart") {
    own_postgres server;
    temporary_directory directory;
    storage_options options;
    options.url = server.url();
    options.directory = directory.path();
    options.postgres.follow_interval = 100ms;
    auto node = must(storage::open(options));
    auto follower = must(node->open_log_follower());
    CHECK(must(follower->wait()) == 0);
    // By an appender that sends no notice.
    auto append_silently = [&](int seq) {
      const auto n = std::to_string(seq);
      server.administer("INSERT INTO event_log VALUES (" + n + ", 'a.b', 0, '', '', '', '" + n
                        + "', '/api', 0, '', '', 0, '{}', '{}')");
    };
    auto wait_for = [&](position expected) {
      auto end = std::chrono::steady_clock::now() + 30s;
      unsigned failures = 0;
      for (;;) {
        auto found = follower->wait();
        if (found && *found == expected)
          return failures;
        REQUIRE((!found || *found == 0));
        REQUIRE(std::chrono::steady_clock::now() < end);
        failures += found ? 0 : 1;
      }
    };
    append_silently(1);
    CHECK(wait_for(1) == 0);
    server.restart("immediate");
    append_silently(2);
    CHECK(wait_for(2) > 0);
  }

  TEST_CASE("many append at once, some are ended amid it, and a reader sees each event in order") {
    own_postgres server;
    temporary_directory directory;
    storage_options options;
    options.url = server.url();
    options.directory = directory.path();
    auto node = must(storage::open(options));
    options.postgres.shared = true;
    constexpr unsigned publishers = 64;
    constexpr unsigned batches = 12;
    std::atomic<unsigned> left{publishers};
    std::mutex mutex;
    std::set<std::string> acknowledged;
    std::vector<std::thread> threads;
    for (unsigned i = 0; i < publishers; ++i)
      threads.emplace_back([&, i] {
        // Its first connections may be ended as well.
        std::unique_ptr<storage> mine;
        std::unique_ptr<event_log> log;
        while (log == nullptr) {
          if (auto opened = storage::open(options))
            mine = std::move(*opened);
          if (auto opened = mine ? mine->open_log_writer() : failure{})
            log = std::move(*opened);
        }
        for (unsigned n = 0; n < batches; ++n) {
          auto drafts = make_drafts(std::to_string(i) + "-" + std::to_string(n) + "-", 3);
          auto end = std::chrono::steady_clock::now() + 30s;
          bool done = false;
          while (!done && std::chrono::steady_clock::now() < end)
            done = log->append(drafts, epoch).has_value();
          if (!done)
            break;
          std::lock_guard guard{mutex};
          for (const auto& x : drafts)
            acknowledged.insert(x->id);
        }
        --left;
      });
    std::thread terminator{[&] {
      while (left > 0) {
        server.administer("SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE "
                          "backend_type = 'client backend' AND pid <> pg_backend_pid() "
                          "AND state <> 'idle' AND random() < 0.2");
        std::this_thread::sleep_for(5ms);
      }
    }};
    auto reader = must(node->open_log_reader());
    std::set<std::string> seen;
    position after = 0;
    auto end = std::chrono::steady_clock::now() + 150s;
    for (bool last = false; !last && std::chrono::steady_clock::now() < end;) {
      last = left == 0;
      auto page = reader->read({.after = after, .filter = {}, .limit = 1'000});
      if (!page) {
        last = false;
        continue;
      }
      for (const auto& x : page->events) {
        // Without a gap that closes later.
        CHECK(x->seq == ++after);
        CHECK(seen.insert(x->id).second);
      }
      last = last && page->events.empty();
    }
    for (auto& x : threads)
      x.join();
    terminator.join();
    CHECK(acknowledged.size() == size_t{publishers} * batches * 3);
    CAPTURE(seen.size());
    CAPTURE(after);
    CHECK(seen == acknowledged);
  }

  TEST_CASE("two processes append, a fifth of it in vain, and a reader follows without a gap") {
    constexpr unsigned threads = 16; // each
    constexpr unsigned batches = 20;
    own_postgres server;
    temporary_directory directory;
    storage_options options;
    options.url = server.url();
    options.directory = directory.path();
    auto node = must(storage::open(options));
    auto reader = must(node->open_log_reader());
    server.administer("ALTER TABLE event_log ADD CHECK (type <> 'test.doomed')");

    process first{CARILLON_APPENDER,
                  {server.url(), "a", std::to_string(threads), std::to_string(batches)},
                  directory.path() + "/a.log"};
    process second{CARILLON_APPENDER,
                   {server.url(), "b", std::to_string(threads), std::to_string(batches)},
                   directory.path() + "/b.log"};
    std::set<std::string> acknowledged;
    std::mutex mutex;
    std::atomic<unsigned> left{2};
    auto collect = [&](process& x) {
      while (auto line = x.read_line(200s)) {
        std::lock_guard guard{mutex};
        acknowledged.insert(*line);
      }
      --left;
    };
    std::thread first_lines{collect, std::ref(first)};
    std::thread second_lines{collect, std::ref(second)};

    std::vector<std::string> seen;
    position after = 0;
    unsigned pages = 0;
    for (bool last = false; !last;) {
      last = left == 0;
      auto page = reader->read({.after = after, .filter = {}, .limit = 1'000});
      if (!page) { // on a busy machine a statement may reach its limit
        MESSAGE("read: ", page.error().detail);
        last = false;
        continue;
      }
      pages += page->events.empty() ? 0 : 1;
      for (const auto& x : page->events) {
        CHECK(x->seq == ++after);
        seen.push_back(x->id);
      }
      last = last && page->events.empty();
    }
    first_lines.join();
    second_lines.join();
    CHECK(first.wait() == 0);
    CHECK(second.wait() == 0);
    for (const char* name : {"/a.log", "/b.log"})
      if (std::ifstream log{directory.path() + name})
        MESSAGE(std::string(std::istreambuf_iterator<char>{log}, {}));
    CHECK(pages > 10); // it did read meanwhile
    // All but every fifth batch.
    CHECK(acknowledged.size() == size_t{2} * threads * (batches - batches / 5) * 3);
    CHECK(seen.size() == acknowledged.size());
    CHECK(std::set<std::string>(seen.begin(), seen.end()) == acknowledged);
  }
}

} // namespace carillon::test
