#include "persistence/sqlite/guard.hpp"
#include "persistence/sqlite/migrations.hpp"
#include "persistence/sqlite/move/events_mark.hpp"
#include "persistence/sqlite/move/log_move.hpp"
#include "tests/persistence/sqlite/sqlite_test_store.hpp"
#include "tests/support/failing_files.hpp"

#include <csignal>
#include <fstream>

#include <sys/wait.h>
#include <unistd.h>

// The log of an earlier version, `events.db`, becomes segments at the first start.

namespace carillon::test {

TEST_SUITE("persistence/log_move") {
  namespace {

  namespace fs = std::filesystem;

  /// Writes an `events.db` as an earlier version did, with a state and an index beside it.
  /// @param steps of its schema, 1–3
  void write_old_log(const sqlite_test_store& store, size_t events, size_t steps = 3) {
    fs::create_directories(store.file(""));
    {
      auto old = sqlite::events_schema();
      old.migrations = old.migrations.first(steps);
      sqlite::connection db{{.file = store.file("events.db"), .access = sqlite::access::write}};
      must(sqlite::migrate(db, old, epoch));
    }
    const std::string hops = steps > 1 ? ", n % 5" : "";
    store.tamper(
      "events.db",
      "WITH RECURSIVE i(n) AS (SELECT 1 UNION ALL SELECT n + 1 FROM i WHERE n < "
        + std::to_string(events)
        + ") INSERT INTO event_log SELECT n, 'order.created', n * 1000 - 5, 'c' || (n % 3), "
          "'u' || (n % 7), 'k' || (n / 2), 'e' || n, '/shop', 1800000000000000 + n / 10, "
          "'cause' || n, 't' || n, n % 4, '{\"m\":' || n || '}', "
          "'{\"d\":\"' || hex(zeroblob(n % 300)) || '\"}'"
        + hops + " FROM i WHERE n <= " + std::to_string(events));
  }

  std::string history_in(const sqlite_test_store& store, const std::string& name) {
    sqlite::connection db{{.file = store.file(name)}};
    return db.database().execAndGet("SELECT id FROM log_history").getString();
  }

  void check_moved(storage& open, size_t events, bool with_hops = true) {
    const auto log = must(open.open_log_reader());
    REQUIRE(must(log->head()) == events);
    for (const size_t n : {size_t{1}, events / 2, events}) {
      const auto x = must(log->find({.seq = n}));
      CHECK(x->id == "e" + std::to_string(n));
      CHECK(x->time == from_micros(static_cast<int64_t>(n) * 1'000 - 5));
      CHECK(x->recorded_at == from_micros(1'800'000'000'000'000 + static_cast<int64_t>(n) / 10));
      CHECK(x->company_id == "c" + std::to_string(n % 3));
      CHECK(x->correlation_id == "k" + std::to_string(n / 2));
      CHECK(x->causation_id == "cause" + std::to_string(n));
      CHECK(x->metadata == "{\"m\":" + std::to_string(n) + "}");
      CHECK(x->data == "{\"d\":\"" + std::string(2 * (n % 300), '0') + "\"}");
      CHECK(static_cast<size_t>(x->audience) == n % 4);
      CHECK(x->hops == (with_hops ? n % 5 : 0));
    }
  }

  /// The move itself, into a directory of its own layer.
  expected<void> move(const sqlite_test_store& store,
                      const std::shared_ptr<segments::file_layer>& files) {
    const sqlite::data_paths paths{store.file("").parent_path()};
    return sqlite::guarded([&] {
      return sqlite::move_log({.paths = paths,
                               .events = {.file = paths.events, .access = sqlite::access::write},
                               .files = files,
                               .segment_bytes = 256UL * 1024,
                               .tell = {}},
                              epoch);
    });
  }

  } // namespace

  TEST_CASE("every field of every event is taken over, with positions, times and the history") {
    for (const size_t steps : {size_t{1}, size_t{2}, size_t{3}}) {
      CAPTURE(steps);
      sqlite_test_store store;
      write_old_log(store, 5'000, steps);
      std::vector<std::string> told;
      storage_options options;
      options.on_progress = [&](const std::string& x) { told.push_back(x); };
      {
        const auto open = store.open(options);
        check_moved(*open, 5'000, steps > 1);
        CHECK(open->history() == history_in(store, "events.db.moved"));
        const auto log = must(open->open_log_writer());
        const auto again = make_draft("e17", "order.created", "c2");
        CHECK(must(log->append({{again, make_draft("new")}}, epoch)).items
              == receipts{{.seq = 17, .duplicate = true, .conflicting_type = {}},
                          {.seq = 5'001, .duplicate = false, .conflicting_type = {}}});
      }
      REQUIRE(told.size() >= 2);
      CHECK(told.front().find("5000 events") != std::string::npos);
      CHECK(told.back().find("events.db.moved") != std::string::npos);
      CHECK_FALSE(fs::exists(store.file("log.moving")));
      // Not again.
      told.clear();
      const auto open = store.open(options);
      CHECK(told.empty());
      CHECK(must(must(open->open_log_reader())->head()) == 5'001);
    }
  }

  TEST_CASE("an earlier version refuses the directory") {
    sqlite_test_store store;
    write_old_log(store, 10);
    store.open().reset();
    for (const bool moved : {true, false}) {
      sqlite_test_store fresh;
      fresh.open().reset();
      const auto& which = moved ? store : fresh;
      CHECK(sqlite::examine_events(which.file("events.db")) == sqlite::events_file::mark);
      sqlite::connection db{{.file = which.file("events.db"), .access = sqlite::access::write}};
      const auto refused = sqlite::migrate(db, sqlite::events_schema(), epoch);
      REQUIRE_FALSE(refused);
      CHECK(refused.error().code == ec::store_too_new);
      CHECK(refused.error().detail.find("schema 1000") != std::string::npos);
      CHECK(sqlite::examine_events(which.file("events.db")) == sqlite::events_file::mark);
    }
  }

  TEST_CASE("an empty log is moved, and a file that a crash left empty") {
    for (const bool without_schema : {false, true}) {
      sqlite_test_store store;
      write_old_log(store, 0);
      if (without_schema)
        fs::resize_file(store.file("events.db"), 0);
      const auto open = store.open();
      CHECK(must(must(open->open_log_reader())->head()) == 0);
      CHECK(sqlite::examine_events(store.file("events.db")) == sqlite::events_file::mark);
    }
  }

  TEST_CASE("it is not opened for reading before it is moved") {
    sqlite_test_store store;
    write_old_log(store, 10);
    storage_options reading;
    reading.read_only = true;
    CHECK(code_of(store.try_open(reading)) == ec::store_unavailable);
    fs::copy_file(store.file("events.db"), store.file("copy.db"));
    store.open().reset();
    check_moved(*store.open(reading), 10);
  }

  TEST_CASE("a log with a gap or damage is refused, and the file stays") {
    for (const bool damaged : {true, false}) {
      sqlite_test_store store;
      write_old_log(store, 3'000);
      if (damaged)
        store.overwrite("events.db", 100UL * 4'096, std::string(3'000, '\x55'));
      else
        store.tamper("events.db", "DELETE FROM event_log WHERE seq = 1234");
      for (int i = 0; i < 2; ++i) {
        const auto refused = store.try_open({});
        REQUIRE_FALSE(refused);
        CHECK(refused.error().code == ec::store_corrupt);
        CHECK(refused.error().detail.find("events.db") != std::string::npos);
      }
      CHECK(sqlite::examine_events(store.file("events.db")) == sqlite::events_file::log);
      CHECK_FALSE(fs::exists(store.file("events.db.moved")));
    }
  }

  TEST_CASE("the state keeps its schema until the log is moved") {
    sqlite_test_store store;
    write_old_log(store, 3'000);
    const auto version = [&] {
      sqlite::connection db{{.file = store.file("state.db")}};
      return must(sqlite::version_of(db, sqlite::state_schema()));
    };
    {
      auto old = sqlite::state_schema();
      old.migrations = old.migrations.first(5);
      sqlite::connection db{{.file = store.file("state.db"), .access = sqlite::access::write}};
      must(sqlite::migrate(db, old, epoch));
    }
    fs::copy_file(store.file("events.db"), store.file("kept.db"));
    store.tamper("events.db", "DELETE FROM event_log WHERE seq = 1234");
    CHECK(code_of(store.try_open({})) == ec::store_corrupt);
    CHECK(version() == 5);
    fs::copy_file(store.file("kept.db"), store.file("events.db"),
                  fs::copy_options::overwrite_existing);
    for (const char* end : {"events.db-wal", "events.db-shm"})
      fs::remove(store.file(end));
    check_moved(*store.open(), 3'000);
    CHECK(version() > 5);
  }

  TEST_CASE("two logs are refused: nobody knows which of them is the truth") {
    sqlite_test_store store;
    write_old_log(store, 20);
    must(must(store.open()->open_log_writer())->append(make_drafts("new", 5), epoch));
    // An operator who goes back to the earlier version.
    fs::rename(store.file("events.db.moved"), store.file("events.db"));
    const auto refused = store.try_open({});
    REQUIRE_FALSE(refused);
    CHECK(refused.error().code == ec::store_corrupt);
    CHECK(refused.error().detail.find("two logs") != std::string::npos);
    fs::rename(store.file("log"), store.file("log-of-mine"));
    check_moved(*store.open(), 20);
  }

  TEST_CASE("a disk that fails leaves the old log, and a later start moves it") {
    using fault = failing_files::fault;
    for (const auto what : {fault::full, fault::writes, fault::syncs}) {
      sqlite_test_store store;
      write_old_log(store, 4'000);
      fs::create_directories(store.file("log"));
      const auto files = std::make_shared<failing_files>(store.file("log").string());
      files->fail(what);
      CHECK(code_of(move(store, files)) == ec::store_unavailable);
      CHECK(sqlite::examine_events(store.file("events.db")) == sqlite::events_file::log);
      check_moved(*store.open(), 4'000);
    }
  }

  TEST_CASE("a copy that could not be synced is not carried on") {
    sqlite_test_store store;
    write_old_log(store, 4'000);
    fs::create_directories(store.file("log"));
    const auto files = std::make_shared<failing_files>(store.file("log").string());
    // The syncs are gathered: the first one comes when all is copied.
    files->fail(failing_files::fault::file_syncs, 1);
    CHECK(code_of(move(store, files)) == ec::store_unavailable);
    CHECK(files->failures() == 1);
    // A later sync would report no error, and the cache has what the disk may lack.
    CHECK(fs::is_empty(store.file("log")));
    check_moved(*store.open(), 4'000);
  }

  TEST_CASE("a move that was killed anywhere is carried on") {
    sqlite_test_store store;
    write_old_log(store, 60'000);
    int finished = 0;
    for (int i = 0; i < 25 && finished == 0; ++i) {
      const auto child = fork();
      REQUIRE(child >= 0);
      if (child == 0) {
        // Without the test's destructors.
        _exit(code_of(store.try_open({})) == ec::none ? 0 : 1);
      }
      usleep(static_cast<useconds_t>(20'000 + i * 60'000));
      kill(child, SIGKILL);
      int status = 0;
      REQUIRE(waitpid(child, &status, 0) == child);
      finished += WIFEXITED(status) ? 1 : 0;
      CHECK((WIFSIGNALED(status) || WEXITSTATUS(status) == 0));
    }
    check_moved(*store.open(), 60'000);
    CHECK(fs::exists(store.file("events.db.moved")));
  }

  TEST_CASE(
    "a move that ended between its last steps is finished, and one without its log refused") {
    sqlite_test_store store;
    write_old_log(store, 50);
    store.open().reset();
    // The file has its new name; the mark is missing.
    fs::remove(store.file("events.db"));
    std::ofstream{store.file("log.moving")}.close();
    check_moved(*store.open(), 50);
    CHECK(sqlite::examine_events(store.file("events.db")) == sqlite::events_file::mark);
    CHECK_FALSE(fs::exists(store.file("log.moving")));
    fs::remove(store.file("events.db"));
    fs::remove(store.file("events.db.moved"));
    std::ofstream{store.file("log.moving")}.close();
    CHECK(code_of(store.try_open({})) == ec::store_corrupt);
  }

  TEST_CASE("a copy that has other events is made anew") {
    sqlite_test_store store;
    write_old_log(store, 2'000);
    store.open().reset();
    // As if the move had not come to its end.
    fs::rename(store.file("events.db.moved"), store.file("events.db"));
    std::ofstream{store.file("log.moving")}.close();
    store.rewrite_log([](auto& events) {
      events.resize(1'500);
      events[999]->data = "{}";
    });
    check_moved(*store.open(), 2'000);
  }

  TEST_CASE("a copy that a power cut damaged is made anew") {
    sqlite_test_store store;
    write_old_log(store, 2'000);
    fs::create_directories(store.file("log"));
    std::ofstream{store.file("log.moving")}.close();
    std::ofstream{store.file("log/00000000000000000001.seg")} << std::string(10'000, 'x');
    check_moved(*store.open(), 2'000);
  }
}

} // namespace carillon::test
