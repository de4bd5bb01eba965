// Checks of a database written by another program, and its size.

#include "persistence/state/operators/audit_check.hpp"
#include "tests/persistence/postgres/postgres_test_store.hpp"
#include "tests/persistence/state/state_fixture.hpp"

#include <pqxx/pqxx>

namespace carillon::test {

TEST_SUITE("persistence/postgres_evidence") {
  namespace {

  struct evidence_world {
    postgres_test_store store;
    temporary_directory directory;
    audit_seal_ptr seal
      = std::make_shared<const audit_seal>("key", directory.path() + "/audit.end");

    void tamper(const std::string& statements) const {
      pqxx::connection db{store.url()};
      pqxx::nontransaction work{db};
      work.exec(statements);
    }

    audit_verdict verify() {
      storage_options reading;
      reading.read_only = true;
      auto open = must(store.try_open(reading));
      auto state = must(open->open_state(false));
      must(state->audit().seal(seal, {}));
      auto log = must(open->open_log_reader());
      return must(check_audit(state->audit(), [&](const read_request& x) { return log->read(x); }))
        .verdict;
    }

    /// Six events, audited and sealed.
    evidence_world() {
      auto open = store.open();
      auto log = must(open->open_log_writer());
      must(log->append(make_drafts("e", 6), epoch));
      auto state = must(open->open_state(true));
      auto events = must(log->read({})).events;
      must(state->audit().seal(seal, event_digest(*events.front())));
      for (const auto& x : events) {
        auto row = make_entry("order.created", x->seq);
        row.detail = std::string{audited_digest} + event_digest(*x) + R"("})";
        must(state->audit().append({row}));
      }
    }
  };

  } // namespace

  TEST_CASE("what nobody touched is valid and sealed, and starts again") {
    evidence_world w;
    CHECK(w.verify().valid);
    CHECK(w.verify().sealed);
    auto open = w.store.open();
    auto state = must(open->open_state(true));
    auto log = must(open->open_log_reader());
    CHECK(state->audit().seal(w.seal, event_digest(*must(log->read({})).events.front())));
    CHECK(code_of(state->audit().seal(w.seal, std::string(64, '0'))) == ec::store_corrupt);
  }

  TEST_CASE("an event that was changed or taken out is named, and a gap refused at the start") {
    evidence_world w;
    w.tamper("UPDATE event_log SET data = '{}' WHERE seq = 3");
    CHECK(w.verify().first_bad_event == 3);
    w.tamper("DELETE FROM event_log WHERE seq = 2");
    CHECK(w.verify().first_bad_event == 2);
    auto refused = w.store.try_open({});
    REQUIRE(code_of(refused) == ec::store_corrupt);
    CHECK(refused.error().detail.find("gap") != std::string::npos);
  }

  TEST_CASE("a chain without its seal, or cut, is refused") {
    evidence_world w;
    SUBCASE("without its seal") {
      w.tamper("UPDATE audit_head SET seal = ''");
    }
    SUBCASE("cut, with the head moved along") {
      w.tamper("DELETE FROM audit_log WHERE number = 6; UPDATE audit_head SET number = 5, hash = "
               "(SELECT hash FROM audit_log WHERE number = 5)");
    }
    CHECK_FALSE(w.verify().valid);
    auto open = w.store.open();
    auto state = must(open->open_state(true));
    auto log = must(open->open_log_reader());
    CHECK(code_of(state->audit().seal(w.seal, event_digest(*must(log->read({})).events.front())))
          == ec::store_corrupt);
  }

  TEST_CASE("the size of the tables is told") {
    evidence_world w;
    auto open = w.store.open();
    auto meter = must(open->open_checkpointer());
    REQUIRE(meter != nullptr);
    CHECK(must(meter->run()).store_bytes > 100'000);
    CHECK(must(meter->run()).store_bytes < 100'000'000);
  }
}

} // namespace carillon::test
