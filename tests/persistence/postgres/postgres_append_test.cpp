// Appends to PostgreSQL with a breaking or hanging connection, or with other appenders.

#include "tests/persistence/postgres/postgres_world.hpp"

#include <atomic>
#include <thread>

namespace carillon::test {

TEST_SUITE("persistence/postgres_append") {
  TEST_CASE("a commit whose answer is lost is one commit, and no duplicate") {
    // Many are copied, few inserted: another way to the same commit.
    for (size_t count : {size_t{5}, size_t{500}}) {
      CAPTURE(count);
      postgres_world w;
      must(w.log->append(make_drafts("first", 1), epoch));
      w.gate.cut_at("COMMIT", true);
      auto done = must(w.log->append(make_drafts("a", count), epoch));
      CHECK(w.gate.cuts() == 1);
      REQUIRE(done.items.size() == count);
      for (size_t i = 0; i < done.items.size(); ++i) {
        CHECK(done.items[i].seq == i + 2);
        CHECK_FALSE(done.items[i].duplicate);
      }
      REQUIRE(done.batch);
      CHECK(done.batch->first() == 2);
      CHECK(w.stored().size() == count + 1);
    }
  }

  TEST_CASE("few events that never came to the server are appended by another connection, once") {
    postgres_world w;
    must(w.log->append(make_drafts("first", 1), epoch));
    w.gate.cut_at("COMMIT", false);
    auto done = must(w.log->append(make_drafts("a", 2), epoch));
    CHECK(w.gate.cuts() == 1);
    CHECK(done.items[1].seq == 3);
    CHECK_FALSE(done.items[1].duplicate);
    CHECK(w.stored().size() == 3);
  }

  TEST_CASE("few events that wait in the server come in once, or never") {
    postgres_world w;
    must(w.log->append(make_drafts("first", 1), epoch));
    auto drafts = make_drafts("a", 2);
    expected<append_result> result = failure{};
    std::thread appends;
    {
      // They wait for the lock there, and their connection is cut meanwhile.
      pqxx::connection other{w.server.url()};
      pqxx::work holds{other};
      holds.exec("SELECT pg_advisory_xact_lock(1128354377, 1)");
      appends = std::thread{[&] { result = w.log->append(drafts, epoch); }};
      pqxx::connection admin{w.server.url()};
      pqxx::nontransaction asks{admin};
      const auto end = std::chrono::steady_clock::now() + 10s;
      while (asks.exec("SELECT FROM pg_stat_activity WHERE wait_event = 'advisory'").empty())
        REQUIRE(std::chrono::steady_clock::now() < end);
      w.gate.cut_all();
    }
    appends.join();
    unsigned refusals = 0;
    if (!result)
      result = append_at_last(*w.log, drafts, refusals);
    CHECK(result->items[1].seq == 3);
    CHECK(w.stored().size() == 3);
  }

  TEST_CASE("who appends few events sees what others appended meanwhile") {
    postgres_world w;
    must(w.log->append(make_drafts("first", 1), epoch));
    auto options = w.options;
    options.postgres.shared = true;
    auto store = must(storage::open(options));
    auto other = must(store->open_log_writer());
    position next = 2;
    for (int i = 0; i < 3; ++i) {
      CHECK(must(other->append(make_drafts("o" + std::to_string(i), 1), epoch)).items[0].seq
            == next++);
      CHECK(must(w.log->append(make_drafts("n" + std::to_string(i), 1), epoch)).items[0].seq
            == next++);
    }
    auto again = must(w.log->append(make_drafts("n0", 1), epoch));
    CHECK(again.items[0].duplicate);
    CHECK(again.items[0].seq == 3);
    CHECK(w.stored().size() == next - 1);
  }

  TEST_CASE("a commit that never came to the server is refused, and another try succeeds") {
    for (const auto* where : {"COMMIT", "COPY ", "the middle of it"}) {
      CAPTURE(std::string{where});
      postgres_world w;
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

  TEST_CASE("a writer that says nothing amid a transaction doesn't keep the others from it") {
    postgres_world w;
    must(w.log->append(make_drafts("first", 1), epoch));
    auto options = w.options;
    options.url = w.server.url(w.gate.port());
    options.postgres.shared = true;
    options.postgres.idle_timeout = 500ms;
    auto silent_store = must(storage::open(options));
    auto silent = must(silent_store->open_log_writer());
    must(silent->append(make_drafts("second", 1), epoch));

    w.gate.hold_at("COPY ");
    auto drafts = make_drafts("silent", 20);
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
    CHECK(w.stored().size() == 23);
  }

  TEST_CASE("a server that says nothing more is given up, whatever it was asked") {
    for (const auto* where : {"COPY ", "COMMIT"}) {
      CAPTURE(std::string{where});
      postgres_world w;
      auto options = w.options;
      options.postgres.shared = true;
      options.postgres.statement_timeout = 1500ms;
      options.postgres.answer_grace = 500ms;
      options.postgres.idle_timeout = 500ms; // when the server lets go of its locks
      options.postgres.doubt_limit = 5s;
      auto store = must(storage::open(options));
      auto log = must(store->open_log_writer());
      must(log->append(make_drafts("first", 1), epoch));
      w.gate.hold_at(where);
      auto drafts = make_drafts("a", 20);
      CHECK(code_of(log->append(drafts, epoch)) == ec::store_unavailable);
      // It was not released.
      CHECK(w.gate.holds());
      unsigned refusals = 0;
      CHECK(append_at_last(*log, drafts, refusals).items[19].seq == 21);
      w.gate.hold_at("EXECUTE insert_event");
      CHECK(must(log->append(make_drafts("few", 2), epoch)).items[1].seq == 23);
      CHECK(w.gate.held_count() == 2);
      w.gate.open();
      CHECK(w.stored().size() == 23);
    }
  }

  TEST_CASE("what is acknowledged across restarts of the server is there once, and dense") {
    postgres_world w;
    std::atomic<bool> stop{false};
    std::atomic<size_t> batches{0};
    unsigned refusals = 0;
    std::map<std::string, position> acknowledged;
    std::thread publisher{[&] {
      for (unsigned n = 0; !stop; ++n) {
        auto drafts = make_drafts(std::to_string(n) + "-", 20);
        auto done = append_at_last(*w.log, drafts, refusals);
        for (size_t i = 0; i < drafts.size(); ++i)
          acknowledged[drafts[i]->id] = done.items[i].seq;
        ++batches;
      }
    }};
    auto wait_for_batches = [&] {
      const auto end = std::chrono::steady_clock::now() + 30s;
      for (auto some = batches + 5; batches < some && std::chrono::steady_clock::now() < end;)
        std::this_thread::yield();
    };
    for (const auto* how : {"fast", "immediate", "fast", "immediate"}) {
      wait_for_batches();
      w.server.restart(how);
    }
    wait_for_batches();
    stop = true;
    publisher.join();
    auto stored = w.stored();
    CHECK(stored.size() == acknowledged.size());
    for (const auto& [id, seq] : acknowledged)
      CHECK(stored[id] == std::vector<position>{seq});
    MESSAGE(acknowledged.size(), " events, ", refusals, " refusals, four restarts");
  }
}

} // namespace carillon::test
