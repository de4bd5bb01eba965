#include "persistence/sqlite/checkpointer.hpp"

#include "tests/persistence/sqlite/sqlite_test_store.hpp"
#include "tests/persistence/state/state_fixture.hpp"

#include <atomic>
#include <thread>

// Write-ahead logs stay short under any load of writers.

namespace carillon::test {

TEST_SUITE("persistence/checkpointer") {
  namespace {

  constexpr uint64_t megabyte = 1024UL * 1024;

  struct fixture {
    sqlite_test_store store;
    std::unique_ptr<storage> open = store.open();
    std::unique_ptr<state_store> state = must(open->open_state(true));
    sqlite::background_checkpointer checkpointer{sqlite::data_paths{store.file("")},
                                                 {},
                                                 std::make_shared<sqlite::index_status>(),
                                                 nullptr,
                                                 megabyte};
    size_t appended = 0;

    fixture() {
      must(state->consumers().open({.name = "audit"}, epoch));
    }

    void append_some() {
      auto commit = std::make_shared<consumer_commit>();
      commit->consumer = "audit";
      commit->generation = 1;
      for (int i = 0; i < 500; ++i)
        commit->effects.add(make_entry("a.b", ++appended));
      commit->cursor = appended;
      must(state->consumers().commit(std::vector<consumer_commit_ptr>{commit}));
    }

    uint64_t wal_bytes() const {
      return std::filesystem::file_size(store.file("state.db-wal"));
    }

    int64_t rows() {
      sqlite::connection db{{.file = store.file("state.db")}};
      return count(db);
    }

    static int64_t count(sqlite::connection& db) {
      return db.database().execAndGet("SELECT count(*) FROM audit_log").getInt64();
    }
  };

  } // namespace

  TEST_CASE("without checkpoints the log grows: what the next case relies on") {
    fixture f;
    while (f.appended < 60'000)
      f.append_some();
    CHECK(f.wal_bytes() > 15 * megabyte);
    CHECK(must(f.checkpointer.run()).store_bytes > 15 * megabyte);
  }

  TEST_CASE("a writer that never rests does not make the log grow without end") {
    fixture f;
    std::atomic<bool> done{false};
    std::thread background{[&] {
      while (!done)
        must(f.checkpointer.run());
    }};
    uint64_t most = 0;
    while (f.appended < 60'000) {
      f.append_some();
      most = std::max(most, f.wal_bytes());
    }
    done = true;
    background.join();
    CHECK(most < 8 * megabyte);
    CHECK(f.rows() == static_cast<int64_t>(f.appended));
  }

  TEST_CASE("a reader that holds a snapshot delays the end of the log, no more") {
    fixture f;
    f.append_some();
    {
      sqlite::connection reader{{.file = f.store.file("state.db")}};
      const sqlite::transaction snapshot{reader, sqlite::transaction::kind::read};
      CHECK(fixture::count(reader) == 500);
      while (f.appended < 10'000) {
        f.append_some();
        must(f.checkpointer.run());
      }
      CHECK(fixture::count(reader) == 500);
    }
    f.append_some();
    must(f.checkpointer.run());
    const auto before = f.wal_bytes();
    for (int i = 0; i < 4; ++i) {
      f.append_some();
      must(f.checkpointer.run());
    }
    CHECK(f.wal_bytes() <= before);
    CHECK(f.rows() == static_cast<int64_t>(f.appended));
  }

  TEST_CASE("what was checkpointed is in the database itself") {
    fixture f;
    f.append_some();
    must(f.checkpointer.run());
    // A copy of the database alone, as a backup tool would take it.
    const auto copy = f.store.file("copy.db");
    std::filesystem::copy_file(f.store.file("state.db"), copy);
    sqlite::connection db{{.file = copy}};
    CHECK(fixture::count(db) == 500);
  }
}

} // namespace carillon::test
