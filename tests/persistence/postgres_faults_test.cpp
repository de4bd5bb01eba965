// PostgreSQL that goes away, and connections that break where it hurts.

#include "persistence/test_store.hpp"
#include "tests/support/own_postgres.hpp"
#include "tests/support/small_disk.hpp"
#include "tests/support/tcp_gate.hpp"

#include <atomic>
#include <map>
#include <random>
#include <thread>

namespace carillon::test {

namespace {

using namespace std::chrono_literals;

struct world {
  own_postgres server;
  tcp_gate gate{server.port()};
  temporary_directory directory;
  storage_options options;
  std::unique_ptr<storage> store;
  std::unique_ptr<event_log> log;
  std::unique_ptr<state_store> state;

  world() {
    options.url = server.url(gate.port());
    options.directory = directory.path();
    options.postgres.lock_timeout = 300ms;
    options.postgres.max_pause = 200ms;
    options.postgres.doubt_limit = 500ms;
    store = must(storage::open(options));
    log = must(store->open_log_writer());
    state = must(store->open_state(true));
  }

  /// By id: positions of all events.
  std::map<std::string, std::vector<position>> stored() {
    auto reader = must(store->open_log_reader());
    std::map<std::string, std::vector<position>> out;
    position after = 0;
    for (;;) {
      auto page = must(reader->read({.after = after, .filter = {}, .limit = 1'000}));
      for (const auto& x : page.events) {
        CHECK(x->seq == ++after);
        out[x->id].push_back(x->seq);
      }
      if (page.events.empty())
        return out;
    }
  }
};

/// Until the store takes it; refusals are counted.
append_result append_at_last(event_log& log, const std::vector<draft_ptr>& drafts,
                             unsigned& refusals) {
  auto end = std::chrono::steady_clock::now() + 30s;
  for (;;) {
    auto done = log.append(drafts, epoch);
    if (done)
      return std::move(*done);
    REQUIRE(done.error().code == ec::store_unavailable);
    REQUIRE(std::chrono::steady_clock::now() < end);
    ++refusals;
    std::this_thread::sleep_for(10ms); // as publishers wait
  }
}

/// Hexadecimal digits in no order.
std::string noise(size_t size) {
  static std::mt19937 random{42};
  std::string out;
  while (out.size() < size)
    out += "0123456789abcdef"[random() % 16];
  return out;
}

consumer_commit_ptr counting_commit(position cursor) {
  auto x = std::make_shared<consumer_commit>();
  x->consumer = "metrics";
  x->cursor = cursor;
  x->now = epoch;
  counter_delta add;
  add.hour = epoch;
  add.type = "order.created";
  add.company_id = "acme";
  add.add = 1;
  x->effects.counters.push_back(add);
  return x;
}

uint64_t counted(state_store& state) {
  uint64_t out = 0;
  for (const auto& x : must(state.metrics({})))
    out += x.count;
  return out;
}

} // namespace

TEST_SUITE("persistence/postgres_faults") {
  TEST_CASE("a commit whose answer is lost is one commit, and no duplicate") {
    world w;
    w.gate.cut_at("COMMIT", true);
    auto done = must(w.log->append(make_drafts("a", 5), epoch));
    CHECK(w.gate.cuts() == 1);
    REQUIRE(done.items.size() == 5);
    for (size_t i = 0; i < done.items.size(); ++i) {
      CHECK(done.items[i].seq == i + 1);
      CHECK_FALSE(done.items[i].duplicate);
    }
    REQUIRE(done.batch);
    CHECK(done.batch->first() == 1);
    CHECK(w.stored().size() == 5);
  }

  TEST_CASE("a commit that never came to the server is refused, and another try succeeds") {
    for (const auto* where : {"COMMIT", "COPY ", "the middle of it"}) {
      CAPTURE(std::string{where});
      world w;
      must(w.log->append(make_drafts("first", 3), epoch));
      auto drafts = make_drafts("a", 500);
      drafts[250]->data = R"({"text":"the middle of it"})";
      w.gate.cut_at(where, false);
      auto refused = w.log->append(drafts, epoch);
      CHECK(w.gate.cuts() == 1);
      CHECK(code_of(refused) == ec::store_unavailable);
      unsigned refusals = 0;
      auto done = append_at_last(*w.log, drafts, refusals);
      CHECK(done.items.front().seq == 4);
      CHECK(done.items.back().seq == 503);
      CHECK_FALSE(done.items.back().duplicate);
      CHECK(w.stored().size() == 503);
    }
  }

  TEST_CASE("a consumer's commit whose answer is lost counts once") {
    world w;
    must(w.state->open({.name = "metrics", .initial = 0}, epoch));
    for (position cursor = 1; cursor <= 6; ++cursor) {
      auto x = counting_commit(cursor);
      w.gate.cut_at("COMMIT", cursor % 2 == 0);
      auto end = std::chrono::steady_clock::now() + 10s;
      while (!w.state->commit(std::span{&x, 1}))
        REQUIRE(std::chrono::steady_clock::now() < end);
    }
    CHECK(w.gate.cuts() == 6);
    CHECK(counted(*w.state) == 6);
  }

  TEST_CASE("a commit in doubt for longer than anybody waits counts once when it is tried again") {
    world w;
    must(w.state->open({.name = "metrics", .initial = 0}, epoch));
    auto first = counting_commit(1);
    w.gate.cut_at("COMMIT", true, true);
    CHECK(code_of(w.state->commit(std::span{&first, 1})) == ec::store_unavailable);
    CHECK(code_of(w.state->commit(std::span{&first, 1})) == ec::store_unavailable);
    w.gate.open();
    auto end = std::chrono::steady_clock::now() + 10s;
    while (!w.state->commit(std::span{&first, 1}))
      REQUIRE(std::chrono::steady_clock::now() < end);
    CHECK(counted(*w.state) == 1);
    auto second = counting_commit(2);
    must(w.state->commit(std::span{&second, 1}));
    CHECK(counted(*w.state) == 2);
  }

  TEST_CASE("a wait for the lock of writers that was too long is over when it is refused") {
    world w;
    {
      pqxx::connection other{w.server.url()};
      pqxx::work holds{other};
      holds.exec(
        "SELECT pg_advisory_xact_lock(1128354377, 1), pg_advisory_xact_lock(1128354377, 2)");
      CHECK(code_of(w.log->append(make_drafts("a", 1), epoch)) == ec::store_unavailable);
      CHECK(code_of(w.state->open({.name = "x", .initial = 0}, epoch)) == ec::store_unavailable);
    }
    must(w.state->open({.name = "x", .initial = 0}, epoch));
    must(w.log->append(make_drafts("a", 1), epoch));
  }

  TEST_CASE("connections that are ended while nobody uses them are replaced without a failure") {
    world w;
    must(w.state->open({.name = "metrics", .initial = 0}, epoch));
    auto reader = must(w.store->open_log_reader());
    must(w.log->append(make_drafts("a", 1), epoch));
    CHECK(must(reader->head()) == 1);
    w.server.terminate_all();
    CHECK(must(w.log->append(make_drafts("b", 1), epoch)).items[0].seq == 2);
    auto x = counting_commit(1);
    must(w.state->commit(std::span{&x, 1}));
    CHECK(must(reader->head()) == 2);
  }

  TEST_CASE("what is acknowledged across restarts of the server is there once, and dense") {
    world w;
    std::atomic<bool> stop{false};
    unsigned refusals = 0;
    std::map<std::string, position> acknowledged;
    std::thread publisher{[&] {
      for (unsigned n = 0; !stop; ++n) {
        auto drafts = make_drafts(std::to_string(n) + "-", 20);
        auto done = append_at_last(*w.log, drafts, refusals);
        for (size_t i = 0; i < drafts.size(); ++i)
          acknowledged[drafts[i]->id] = done.items[i].seq;
      }
    }};
    for (const auto* how : {"fast", "immediate", "fast", "immediate"}) {
      std::this_thread::sleep_for(150ms); // some load in between
      w.server.restart(how);
    }
    std::this_thread::sleep_for(150ms);
    stop = true;
    publisher.join();
    auto stored = w.stored();
    CHECK(stored.size() == acknowledged.size());
    for (const auto& [id, seq] : acknowledged)
      CHECK(stored[id] == std::vector<position>{seq});
    MESSAGE(acknowledged.size(), " events, ", refusals, " refusals, four restarts");
  }

  TEST_CASE("a table that somebody has locked is a refusal in time, and not for ever") {
    world w;
    {
      pqxx::connection other{w.server.url()};
      pqxx::work holds{other};
      holds.exec("LOCK TABLE event_log, consumers IN ACCESS EXCLUSIVE MODE");
      auto begin = std::chrono::steady_clock::now();
      CHECK(code_of(w.log->append(make_drafts("a", 1), epoch)) == ec::store_unavailable);
      CHECK(code_of(w.state->open({.name = "x", .initial = 0}, epoch)) == ec::store_unavailable);
      CHECK(std::chrono::steady_clock::now() - begin < 10s);
    }
    must(w.log->append(make_drafts("a", 1), epoch));
    must(w.state->open({.name = "x", .initial = 0}, epoch));
  }

  TEST_CASE("a writer that says nothing amid a transaction doesn't keep the others from it") {
    world w;
    must(w.log->append(make_drafts("first", 1), epoch));
    auto options = w.options;
    options.url = w.server.url(w.gate.port());
    options.postgres.shared = true;
    options.postgres.idle_timeout = 500ms;
    auto silent_store = must(storage::open(options));
    auto silent = must(silent_store->open_log_writer());
    must(silent->append(make_drafts("second", 1), epoch));

    w.gate.hold_at("COPY ");
    auto drafts = make_drafts("silent", 2);
    expected<append_result> result = failure{};
    std::thread waits{[&] { result = silent->append(drafts, epoch); }};
    auto end = std::chrono::steady_clock::now() + 10s;
    while (!w.gate.holds() && std::chrono::steady_clock::now() < end)
      std::this_thread::yield();
    options.url = w.server.url();
    auto other_store = must(storage::open(options));
    auto other = must(other_store->open_log_writer());
    unsigned refusals = 0;
    auto done = append_at_last(*other, make_drafts("other", 1), refusals);
    CHECK(done.items[0].seq == 3);
    CHECK(w.gate.holds());
    w.gate.open();
    waits.join();
    // Nothing of it was stored, and it may try again.
    CHECK(code_of(result) == ec::store_unavailable);
    CHECK(append_at_last(*silent, drafts, refusals).items[0].seq == 4);
    CHECK(w.stored().size() == 5);
  }

  TEST_CASE("a transaction of somebody else that stays open and idle is in nobody's way") {
    world w;
    pqxx::connection other{w.server.url()};
    pqxx::work idle{other};
    idle.exec("SELECT count(*) FROM event_log");
    for (int i = 0; i < 5; ++i)
      must(w.log->append(make_drafts(std::to_string(i), 3), epoch));
    CHECK(w.stored().size() == 15);
  }

  TEST_CASE("a statement that takes too long is a refusal, and leaves nothing behind") {
    world w;
    auto options = w.options;
    options.postgres.shared = true;
    options.postgres.lock_timeout = 20s;
    options.postgres.statement_timeout = 300ms;
    auto store = must(storage::open(options));
    auto log = must(store->open_log_writer());
    auto drafts = make_drafts("a", 3);
    {
      pqxx::connection other{w.server.url()};
      pqxx::work holds{other};
      holds.exec("LOCK TABLE event_counts IN ACCESS EXCLUSIVE MODE");
      auto begin = std::chrono::steady_clock::now();
      CHECK(code_of(log->append(drafts, epoch)) == ec::store_unavailable);
      CHECK(std::chrono::steady_clock::now() - begin < 10s);
    }
    CHECK(must(log->append(drafts, epoch)).items[0].seq == 1);
    CHECK(w.stored().size() == 3);
  }

  TEST_CASE("a tablespace without space is a refusal, and forgotten when there is some") {
    world w;
    small_disk disk{"/tmp/carillon-space-" + std::to_string(::getpid()), "size=24m"};
    w.server.give_to_owner(disk.path());
    w.server.administer("CREATE TABLESPACE small LOCATION '" + disk.path() + "'");
    w.server.administer("ALTER TABLE event_log SET TABLESPACE small");
    unsigned stored = 0;
    auto append = [&](const std::string& prefix) {
      auto drafts = make_drafts(prefix, 10);
      // Not to be compressed.
      for (auto& x : drafts)
        x->data = R"({"text":")" + noise(20'000) + R"("})";
      auto done = w.log->append(drafts, epoch);
      if (done)
        stored += 10;
      else
        CHECK(done.error().code == ec::store_unavailable);
      return done.has_value();
    };
    REQUIRE(append("first"));
    disk.fill(1'000'000);
    unsigned refused = 0;
    for (unsigned i = 0; i < 100 && refused < 3; ++i)
      refused += append("full-" + std::to_string(i)) ? 0 : 1;
    CHECK(refused == 3);
    CHECK(w.stored().size() == stored);
    disk.release();
    unsigned refusals = 0;
    append_at_last(*w.log, make_drafts("after", 10), refusals);
    CHECK(w.stored().size() == stored + 10);
    w.server.administer("ALTER TABLE event_log SET TABLESPACE pg_default");
    w.server.administer("DROP TABLESPACE small");
  }
}

} // namespace carillon::test
