#include "persistence/state/operators/audit_seal.hpp"

#include "persistence/state/operators/audit_check.hpp"
#include "tests/persistence/sqlite/sqlite_test_store.hpp"
#include "tests/persistence/state/state_fixture.hpp"

#include <filesystem>
#include <fstream>

// Attacks by an intruder who can write the store but lacks the node's key.

namespace carillon::test {

TEST_SUITE("persistence/audit_seal") {
  namespace {

  const std::string key = "0123456789abcdef0123456789abcdef";
  const std::string other_key = "0123456789abcdef0123456789abcdeX";

  /// A store that is opened as a node opens it.
  struct sealed_world {
    sqlite_test_store store;
    std::unique_ptr<storage> open;
    std::unique_ptr<state_store> state;

    std::string kept_file() const {
      return store.file("audit.end").string();
    }

    audit_seal_ptr seal(const std::string& with = key) const {
      return std::make_shared<const audit_seal>(with, kept_file());
    }

    expected<std::string> first_event() {
      auto log = must(open->open_log_reader());
      return digest_of_first([&](const read_request& x) { return log->read(x); });
    }

    /// Opens it, and makes it seal its log.
    expected<void> start(const std::string& with = key) {
      open = store.open();
      state = must(open->open_state(true));
      return state->audit().seal(seal(with), must(first_event()));
    }

    void stop() {
      state.reset();
      open.reset();
    }

    /// Started, ten rows, stopped.
    sealed_world() {
      must(start());
      must(must(open->open_log_writer())->append(make_drafts("e", 3), epoch));
      stop();
      must(start());
      for (int i = 0; i < 10; ++i)
        must(state->audit().append({make_entry("a.b")}));
      stop();
    }

    audit_check verify(const std::optional<audit_mark>& expect = {}) {
      storage_options reading;
      reading.read_only = true;
      auto own = store.open(reading);
      auto reader = must(own->open_state(false));
      auto log = must(own->open_log_reader());
      must(reader->audit().seal(seal(), {}));
      return must(check_audit(
        reader->audit(), [&](const read_request& x) { return log->read(x); }, expect));
    }

    /// Row 4 forged, and all hashes from there on recomputed.
    void recompute() {
      auto own = store.open();
      auto rows
        = must(must(own->open_state(false))->audit().list({{.limit = 100, .ascending = true}}))
            .items;
      own.reset();
      audit_hasher hasher;
      audit_digest hash{};
      std::string sql;
      for (auto& x : rows) {
        if (x.number == 4)
          x.entry.actor = "key:9";
        hash = hasher(hash, x.number, x.entry);
        sql += "UPDATE audit_log SET actor = '" + x.entry.actor + "', hash = x'" + to_hex(hash)
               + "' WHERE number = " + std::to_string(x.number) + ";";
      }
      store.tamper("state.db", sql + "UPDATE audit_head SET hash = x'" + to_hex(hash) + "'");
    }

    std::string text_of(const std::string& file) const {
      std::ifstream in{file};
      return {std::istreambuf_iterator<char>{in}, {}};
    }
  };

  } // namespace

  TEST_CASE("what nobody touched starts, and is valid and sealed") {
    sealed_world w;
    auto found = w.verify();
    CHECK(found.verdict.valid);
    CHECK(found.verdict.sealed);
    CHECK(found.verdict.checked == 10);
    CHECK(w.start());
  }

  TEST_CASE("a chain that was recomputed with another culprit is refused and found") {
    sealed_world w;
    w.recompute();
    auto found = w.verify().verdict;
    CHECK_FALSE(found.valid);
    CHECK(found.first_bad == 10);
    CHECK(found.reason.find("not sealed") != std::string::npos);
    auto refused = w.start();
    CHECK(code_of(refused) == ec::store_corrupt);
    CHECK(refused.error().detail.find("audit reseal") != std::string::npos);
    w.stop();
    // The rejected call did not seal it either.
    CHECK(code_of(w.start()) == ec::store_corrupt);
  }

  TEST_CASE("a seal that was taken off is missed") {
    sealed_world w;
    w.recompute();
    w.store.tamper("state.db", "UPDATE audit_head SET seal = x''");
    CHECK_FALSE(w.verify().verdict.valid);
    CHECK(code_of(w.start()) == ec::store_corrupt);
  }

  TEST_CASE("a state that was set back to an earlier one is found by what is kept beside it") {
    sealed_world w;
    w.stop();
    const auto state = w.store.file("state.db");
    std::filesystem::copy_file(state, state.string() + ".old");
    must(w.start());
    must(w.state->audit().append({make_entry("key.created")}));
    w.stop();
    // With its seal, which was valid then.
    for (const char* suffix : {"-wal", "-shm"})
      std::filesystem::remove(state.string() + suffix);
    std::filesystem::rename(state.string() + ".old", state);
    auto found = w.verify().verdict;
    CHECK_FALSE(found.valid);
    CHECK(found.first_bad == 11);
    auto refused = w.start();
    REQUIRE(code_of(refused) == ec::store_corrupt);
    CHECK(refused.error().detail.find("ends at row 10, but had one with number 11")
          != std::string::npos);
  }

  TEST_CASE("the state of another installation is refused") {
    sealed_world w;
    SUBCASE("with its key file") {
      CHECK(code_of(w.start(other_key)) == ec::store_corrupt);
      w.stop();
      std::filesystem::remove(w.kept_file());
      CHECK(code_of(w.start(other_key)) == ec::store_corrupt);
    }
    SUBCASE("of the same key, beside another log") {
      std::filesystem::remove(w.kept_file());
      w.store.rewrite_log([](auto& events) { events[0]->source = "/other"; });
      auto refused = w.start();
      REQUIRE(code_of(refused) == ec::store_corrupt);
      CHECK(refused.error().detail.find("does not belong to this event log") != std::string::npos);
    }
  }

  TEST_CASE("a first event that is damaged is not compared, and is not forgotten") {
    sealed_world w;
    const auto damaged = [](const read_request&) -> expected<event_page> {
      return failure{ec::store_refused, "the log is damaged at position 1", {}};
    };
    CHECK(code_of(digest_of_first(damaged)) == ec::store_refused);
    const auto nothing = must(digest_of_readable_first(damaged));
    CHECK_FALSE(nothing);
    w.open = w.store.open();
    w.state = must(w.open->open_state(true));
    CHECK(w.state->audit().seal(w.seal(), nothing));
    w.stop();
    CHECK(w.start());
    w.stop();
    w.store.rewrite_log([](auto& events) { events[0]->source = "/other"; });
    CHECK(code_of(w.start()) == ec::store_corrupt);
  }

  TEST_CASE("the operator may accept what is there, and the chain says so") {
    sealed_world w;
    w.recompute();
    REQUIRE(code_of(w.start()) == ec::store_corrupt);
    must(w.state->audit().reseal(w.seal(), must(w.first_event()), epoch));
    const auto row = must(w.state->audit().list({{.limit = 1}})).items.at(0);
    CHECK(row.number == 11);
    CHECK(row.entry.action == "audit.resealed");
    CHECK(row.entry.actor == "cli");
    CHECK(row.entry.detail.find(R"("number":10)") != std::string::npos);
    w.stop();
    CHECK(w.verify().verdict.valid);
    CHECK(w.start());
  }

  TEST_CASE("an end that was noted elsewhere has to be there still") {
    sealed_world w;
    const auto head = audit_mark{10, w.verify().hash};
    CHECK(audit_mark_from(to_text(head))->hash == head.hash);
    CHECK(w.verify(head).verdict.valid);
    must(w.start());
    must(w.state->audit().append({make_entry("a.b")}));
    w.stop();
    CHECK(w.verify(head).verdict.valid);
    auto foreign = head;
    foreign.hash[0] = foreign.hash[0] == '0' ? '1' : '0';
    auto found = w.verify(foreign).verdict;
    CHECK_FALSE(found.valid);
    CHECK(found.first_bad == 10);
    CHECK(found.reason.find("expected") != std::string::npos);
    CHECK(w.verify(audit_mark{12, head.hash}).verdict.first_bad == 12);
    for (const char* text : {"", "10", "10:", ":", "0:", "x:y"})
      CHECK_FALSE(audit_mark_from(text));
    CHECK_FALSE(audit_mark_from("0:" + head.hash));
    CHECK_FALSE(audit_mark_from("10:" + head.hash + "0"));
  }

  TEST_CASE("what is kept beside the store is one line that only the key can write") {
    sealed_world w;
    const auto line = w.text_of(w.kept_file());
    CHECK(line.starts_with("10 "));
    CHECK(line.find(key) == std::string::npos);
    CHECK(must(w.seal()->kept())->number == 10);
    CHECK(code_of(w.seal(other_key)->kept()) == ec::store_corrupt);
    for (const std::string& bad : {std::string{}, std::string{"10"}, '9' + line.substr(1),
                                   line + line, std::string(4'096, ' ')}) {
      std::ofstream{w.kept_file(), std::ios::trunc} << bad;
      CHECK(code_of(w.seal()->kept()) == ec::store_corrupt);
    }
    std::filesystem::remove(w.kept_file());
    CHECK_FALSE(must(w.seal()->kept()));
  }
}

} // namespace carillon::test
