// PostgreSQL that becomes unreachable, and connections that break at critical points.

#include "tests/persistence/postgres/postgres_world.hpp"
#include "tests/support/small_disk.hpp"

#include <random>
#include <utility>

namespace carillon::test {

TEST_SUITE("persistence/postgres_faults") {
  namespace {

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
    x->generation = 1;
    x->cursor = cursor;
    x->now = epoch;
    measure_delta add;
    // Of a definition that every store has.
    add.key = {1, 500'000, "acme", "", "order.created"};
    add.cell.count = 1;
    x->effects.add(add);
    return x;
  }

  uint64_t counted(state_store& state) {
    uint64_t out = 0;
    const auto page = must(state.measures().query({.name = "revenue"}));
    for (const auto& x : page->rows)
      out += x.cell.count;
    return out;
  }

  } // namespace

  TEST_CASE("a consumer's commit whose answer is lost counts once") {
    postgres_world w;
    must(w.state->consumers().open({.name = "metrics", .initial = 0}, epoch));
    for (position cursor = 1; cursor <= 6; ++cursor) {
      auto x = counting_commit(cursor);
      w.gate.cut_at("COMMIT", cursor % 2 == 0);
      auto end = std::chrono::steady_clock::now() + 10s;
      while (!w.state->consumers().commit(std::span{&x, 1}))
        REQUIRE(std::chrono::steady_clock::now() < end);
    }
    CHECK(w.gate.cuts() == 6);
    CHECK(counted(*w.state) == 6);
  }

  TEST_CASE("a commit in doubt for longer than anybody waits counts once when it is tried again") {
    postgres_world w;
    must(w.state->consumers().open({.name = "metrics", .initial = 0}, epoch));
    auto first = counting_commit(1);
    w.gate.cut_at("COMMIT", true, true);
    CHECK(code_of(w.state->consumers().commit(std::span{&first, 1})) == ec::store_unavailable);
    CHECK(code_of(w.state->consumers().commit(std::span{&first, 1})) == ec::store_unavailable);
    w.gate.open();
    auto end = std::chrono::steady_clock::now() + 10s;
    while (!w.state->consumers().commit(std::span{&first, 1}))
      REQUIRE(std::chrono::steady_clock::now() < end);
    CHECK(counted(*w.state) == 1);
    auto second = counting_commit(2);
    must(w.state->consumers().commit(std::span{&second, 1}));
    CHECK(counted(*w.state) == 2);
  }

  TEST_CASE("a job whose commit was in doubt is new to the first who is told of it") {
    postgres_world w;
    const auto add = [&](std::vector<std::string> keys) {
      enqueue_jobs x;
      for (auto& key : keys)
        x.drafts.push_back(
          {.kind = "thumbs", .key = std::move(key), .payload = "{}", .company_id = "acme"});
      return w.state->jobs().enqueue(x, epoch);
    };
    must(add({"known"}));
    // The server has committed, and nobody hears it for longer than anybody waits.
    w.gate.cut_at("COMMIT", true, true);
    CHECK(code_of(add({"a", "b", "known"})) == ec::store_unavailable);
    CHECK(code_of(add({"a"})) == ec::store_unavailable);
    w.gate.open();
    auto again = add({"a", "a", "known", "new"});
    for (auto end = std::chrono::steady_clock::now() + 10s; !again;
         again = add({"a", "a", "known", "new"}))
      REQUIRE(std::chrono::steady_clock::now() < end);
    std::vector<bool> duplicate;
    for (const auto& x : *again)
      duplicate.push_back(x.duplicate);
    CHECK(duplicate == std::vector<bool>{false, true, true, false});
    CHECK(again->at(0).id == again->at(1).id);
    // They were told of it now; of the other nobody was.
    CHECK(must(add({"a"})).at(0).duplicate);
    CHECK(!must(add({"b"})).at(0).duplicate);
    CHECK(must(add({"b"})).at(0).duplicate);
  }

  TEST_CASE("jobs whose commit did not take place are added when they are sent again") {
    postgres_world w;
    const enqueue_jobs x{{{.kind = "thumbs", .key = "a", .payload = "{}", .company_id = "acme"}}};
    w.gate.cut_at("COMMIT", false, true);
    CHECK(code_of(w.state->jobs().enqueue(x, epoch)) == ec::store_unavailable);
    w.gate.open();
    auto again = w.state->jobs().enqueue(x, epoch);
    for (auto end = std::chrono::steady_clock::now() + 10s; !again;
         again = w.state->jobs().enqueue(x, epoch))
      REQUIRE(std::chrono::steady_clock::now() < end);
    CHECK(!again->at(0).duplicate);
    CHECK(must(w.state->jobs().enqueue(x, epoch)).at(0).duplicate);
  }

  TEST_CASE("jobs that were leased by a commit in doubt are due, whether it took place or not") {
    for (const auto& [took_place, with_an_add] :
         {std::pair{true, true}, {true, false}, {false, true}, {false, false}}) {
      CAPTURE(took_place);
      CAPTURE(with_an_add);
      postgres_world w;
      auto& jobs = w.state->jobs();
      const lease_jobs wanted{.queues = {{"thumbs", 5}}, .lease = 60s};
      const auto draft_of = [](const std::string& key) {
        return job_draft{.kind = "thumbs", .key = key, .payload = "{}", .company_id = "acme"};
      };
      const enqueue_jobs added{{draft_of("added")}};
      must(jobs.enqueue(enqueue_jobs{{draft_of("waiting")}}, epoch));
      w.gate.cut_at("COMMIT", took_place, true);
      if (with_an_add) {
        const std::vector<const enqueue_jobs*> calls{&added};
        CHECK(code_of(jobs.enqueue(calls, wanted, epoch)) == ec::store_unavailable);
      } else {
        CHECK(code_of(jobs.lease(wanted, epoch)) == ec::store_unavailable);
      }
      w.gate.open();
      // It is sent again, which leases nothing.
      for (auto end = std::chrono::steady_clock::now() + 10s; !jobs.enqueue(added, epoch);)
        REQUIRE(std::chrono::steady_clock::now() < end);
      const auto found = must(jobs.lease(wanted, epoch + 1s));
      REQUIRE(found.items.size() == 2);
      for (const auto& x : found.items) {
        CHECK(x.attempts == 1);
        CHECK(x.run_at == epoch + 61s);
      }
      // These are somebody's.
      CHECK(must(jobs.lease(wanted, epoch + 2s)).items.empty());
      CHECK(must(jobs.lease(wanted, epoch + 61s)).items.size() == 2);
    }
  }

  TEST_CASE("a pause is corrected after the clock was set back, though the first try is lost") {
    postgres_world w;
    auto& jobs = w.state->jobs();
    const auto ahead = epoch + 1h;
    const lease_jobs wanted{.queues = {{"thumbs", 5}}};
    const enqueue_jobs x{{{.kind = "thumbs", .key = "a", .payload = "{}", .company_id = "acme"}}};
    must(jobs.enqueue(x, ahead));
    const auto first = must(jobs.lease(wanted, ahead)).items.at(0);
    must(jobs.finish({.items = {{.id = first.id,
                                 .fence = first.fence,
                                 .outcome = job_outcome::failed("away"),
                                 .again = ahead + 5s}}},
                     ahead));
    w.gate.cut_at("COMMIT", false, true);
    CHECK(code_of(jobs.lease(wanted, epoch)) == ec::store_unavailable);
    w.gate.open();
    for (auto end = std::chrono::steady_clock::now() + 10s; !jobs.lease(wanted, epoch);)
      REQUIRE(std::chrono::steady_clock::now() < end);
    CHECK(must(jobs.get(get_job{.id = first.id})).run_at == epoch + 5s);
  }

  TEST_CASE("a wait for the lock of writers that was too long is over when it is refused") {
    postgres_world w;
    {
      pqxx::connection other{w.server.url()};
      pqxx::work holds{other};
      holds.exec(
        "SELECT pg_advisory_xact_lock(1128354377, 1), pg_advisory_xact_lock(1128354377, 2)");
      CHECK(code_of(w.log->append(make_drafts("a", 1), epoch)) == ec::store_unavailable);
      CHECK(code_of(w.state->consumers().open({.name = "x", .initial = 0}, epoch))
            == ec::store_unavailable);
    }
    must(w.state->consumers().open({.name = "x", .initial = 0}, epoch));
    must(w.log->append(make_drafts("a", 1), epoch));
  }

  TEST_CASE("connections that are ended while nobody uses them are replaced without a failure") {
    postgres_world w;
    must(w.state->consumers().open({.name = "metrics", .initial = 0}, epoch));
    auto reader = must(w.store->open_log_reader());
    must(w.log->append(make_drafts("a", 1), epoch));
    CHECK(must(reader->head()) == 1);
    w.server.terminate_all();
    CHECK(must(w.log->append(make_drafts("b", 1), epoch)).items[0].seq == 2);
    auto x = counting_commit(1);
    must(w.state->consumers().commit(std::span{&x, 1}));
    CHECK(must(reader->head()) == 2);
  }

  TEST_CASE("a table that somebody has locked is a refusal in time, and not for ever") {
    postgres_world w;
    {
      pqxx::connection other{w.server.url()};
      pqxx::work holds{other};
      holds.exec("LOCK TABLE event_log, consumers IN ACCESS EXCLUSIVE MODE");
      auto begin = std::chrono::steady_clock::now();
      CHECK(code_of(w.log->append(make_drafts("a", 1), epoch)) == ec::store_unavailable);
      CHECK(code_of(w.state->consumers().open({.name = "x", .initial = 0}, epoch))
            == ec::store_unavailable);
      CHECK(std::chrono::steady_clock::now() - begin < 10s);
    }
    must(w.log->append(make_drafts("a", 1), epoch));
    must(w.state->consumers().open({.name = "x", .initial = 0}, epoch));
  }

  TEST_CASE("what the database will never take is no reason to try again") {
    postgres_world w;
    w.server.administer("ALTER TABLE event_log ADD CHECK (company_id <> 'doomed')");
    auto drafts = make_drafts("a", 3);
    drafts[1]->company_id = "doomed";
    auto refused = w.log->append(drafts, epoch);
    REQUIRE(code_of(refused) == ec::store_refused);
    CHECK(refused.error().detail == "the database refused the operation (23514)");
    CHECK(must(w.log->append(make_drafts("b", 1), epoch)).items[0].seq == 1);

    w.server.administer("CREATE ROLE reader LOGIN");
    w.server.administer("GRANT SELECT ON ALL TABLES IN SCHEMA public TO reader");
    auto options = w.options;
    options.read_only = true;
    options.url.replace(options.url.find("carillon@"), 8, "reader");
    auto store = must(storage::open(options));
    auto reader = must(store->open_log_reader());
    CHECK(must(reader->head()) == 1);
    w.server.administer("REVOKE SELECT ON event_log FROM reader");
    auto denied = reader->head();
    REQUIRE(code_of(denied) == ec::store_refused);
    CHECK(denied.error().detail == "the role may not do this in the database (42501)");
  }

  TEST_CASE("one change that is refused takes its whole commit with it, and no other") {
    postgres_world w;
    w.server.administer("ALTER TABLE measure_cells ADD CHECK (count < 3)");
    must(w.state->consumers().open({.name = "metrics", .initial = 0}, epoch));
    auto fits = counting_commit(1);
    must(w.state->consumers().commit(std::span{&fits, 1}));
    auto large = std::make_shared<consumer_commit>(*counting_commit(2));
    auto& counters = large->effects.rows<measure_delta>();
    counters.front().key.type = "order.shipped";
    counters.push_back(counters.front());
    counters.back().cell.count = 3;
    consumer_commit_ptr refused = large;
    CHECK(code_of(w.state->consumers().commit(std::span{&refused, 1})) == ec::store_refused);
    CHECK(counted(*w.state) == 1);
    CHECK(must(w.state->consumers().list()).front().cursor == 1);
    auto next = counting_commit(2);
    must(w.state->consumers().commit(std::span{&next, 1}));
    CHECK(counted(*w.state) == 2);
  }

  TEST_CASE("a state that knows more than the log was restored without it, and is refused") {
    postgres_world w;
    must(w.log->append(make_drafts("a", 5), epoch));
    must(w.state->consumers().open({.name = "metrics", .initial = 5}, epoch));
    w.log.reset();
    w.state.reset();
    w.store.reset();
    w.store = must(storage::open(w.options));
    w.store.reset();
    w.server.administer("DELETE FROM event_log WHERE seq > 3");
    auto refused = storage::open(w.options);
    REQUIRE(code_of(refused) == ec::store_corrupt);
    CHECK(refused.error().detail.find("position 5, but its log ends at 3") != std::string::npos);
  }

  TEST_CASE("a transaction of somebody else that stays open and idle is in nobody's way") {
    postgres_world w;
    pqxx::connection other{w.server.url()};
    pqxx::work idle{other};
    idle.exec("SELECT count(*) FROM event_log");
    for (int i = 0; i < 5; ++i)
      must(w.log->append(make_drafts(std::to_string(i), 3), epoch));
    CHECK(w.stored().size() == 15);
  }

  TEST_CASE("a statement that takes too long is a refusal, and leaves nothing behind") {
    postgres_world w;
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
      holds.exec("LOCK TABLE event_log IN SHARE MODE");
      auto begin = std::chrono::steady_clock::now();
      CHECK(code_of(log->append(drafts, epoch)) == ec::store_unavailable);
      CHECK(std::chrono::steady_clock::now() - begin < 10s);
    }
    CHECK(must(log->append(drafts, epoch)).items[0].seq == 1);
    CHECK(w.stored().size() == 3);
  }

  TEST_CASE("a tablespace without space is a refusal, and forgotten when there is some") {
    postgres_world w;
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
