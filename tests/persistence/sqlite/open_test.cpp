#include "tests/persistence/sqlite/sqlite_test_store.hpp"

// Stores that are rejected or accepted when opened.

namespace carillon::test {

TEST_SUITE("persistence/open") {
  namespace {

  const std::string first_segment = "log/00000000000000000001.seg";

  /// A store with some events and a consumer at the head, closed.
  void fill(sqlite_test_store& store, size_t count = 2'000) {
    const auto open = store.open();
    must(must(open->open_log_writer())->append(make_drafts("a", count), epoch));
    index_all(*open);
    const auto state = must(open->open_state(true));
    must(state->consumers().open({.name = "audit", .initial = count}, epoch));
  }

  void check_refused(sqlite_test_store& store, ec code, const std::string& file) {
    const auto opened = store.try_open({});
    REQUIRE_FALSE(opened);
    CAPTURE(opened.error().detail);
    CHECK(opened.error().code == code);
    CHECK(opened.error().detail.find(file) != std::string::npos);
  }

  void cut(const std::filesystem::path& file, double part) {
    const auto size = static_cast<double>(std::filesystem::file_size(file));
    std::filesystem::resize_file(file, static_cast<uintmax_t>(size * part) / 4096 * 4096);
  }

  } // namespace

  TEST_CASE("a store that was closed opens again") {
    sqlite_test_store store;
    fill(store);
    const auto open = store.open();
    CHECK(must(must(open->open_log_reader())->head()) == 2'000);
  }

  TEST_CASE("a file that is not a database is refused") {
    for (const auto* file : {"events.db", "state.db"}) {
      sqlite_test_store store;
      fill(store);
      store.overwrite(file, 0, std::string(100, 'x'));
      check_refused(store, ec::store_corrupt, file);
    }
  }

  TEST_CASE("a file of the log that is none is refused") {
    sqlite_test_store store;
    fill(store);
    store.overwrite(first_segment, 0, std::string(100, 'x'));
    check_refused(store, ec::store_corrupt, "00000000000000000001.seg");
  }

  TEST_CASE("a file that was cut is refused") {
    for (const auto* file : {"events.db", "state.db"})
      for (const double part : {0.3, 0.9}) {
        sqlite_test_store store;
        fill(store);
        cut(store.file(file), part);
        check_refused(store, ec::store_corrupt, file);
      }
  }

  TEST_CASE("a schema that was overwritten is refused") {
    for (const auto* file : {"events.db", "state.db"}) {
      sqlite_test_store store;
      fill(store);
      store.overwrite(file, 100, std::string(3'900, '\x7f'));
      check_refused(store, ec::store_corrupt, file);
    }
  }

  TEST_CASE("a damaged log is refused, and left as it is") {
    for (const uint64_t at : {5'000, 100'000, 300'000}) {
      CAPTURE(at);
      sqlite_test_store store;
      fill(store);
      store.overwrite(first_segment, at, std::string(64, '\x55'));
      check_refused(store, ec::store_corrupt, "00000000000000000001.seg");
      check_refused(store, ec::store_corrupt, "00000000000000000001.seg");
    }
  }

  TEST_CASE("a database of another program, or another file of ours, is refused") {
    {
      sqlite_test_store store;
      fill(store);
      store.tamper("state.db", "PRAGMA application_id = 7");
      check_refused(store, ec::store_corrupt, "state.db");
    }
    sqlite_test_store store;
    fill(store);
    std::filesystem::copy_file(store.file("state.db"), store.file("events.db"),
                               std::filesystem::copy_options::overwrite_existing);
    check_refused(store, ec::store_corrupt, "events.db");
  }

  TEST_CASE("a newer schema is refused, and nothing is changed") {
    sqlite_test_store store;
    fill(store);
    store.tamper("state.db", "INSERT INTO schema_migrations VALUES (99, 'future', 0)");
    check_refused(store, ec::store_too_new, "state.db");
    store.tamper("state.db", "DELETE FROM schema_migrations WHERE number = 99");
    CHECK(code_of(store.try_open({})) == ec::none);
  }

  TEST_CASE("a log that lost its end is refused: consumers would skip events") {
    sqlite_test_store store;
    fill(store);
    store.rewrite_log([](auto& all) { all.resize(1'500); });
    check_refused(store, ec::store_corrupt, "1500");
  }

  TEST_CASE("a missing log is refused, with or without its mark") {
    for (const bool with_mark : {true, false}) {
      sqlite_test_store store;
      fill(store);
      std::filesystem::remove_all(store.file("log"));
      if (!with_mark)
        std::filesystem::remove(store.file("events.db"));
      check_refused(store, ec::store_corrupt, "/log");
    }
  }

  TEST_CASE("a second migration finds nothing to do") {
    sqlite_test_store store;
    fill(store, 1);
    const auto before = std::filesystem::file_size(store.file("state.db"));
    store.open().reset();
    CHECK(std::filesystem::file_size(store.file("state.db")) == before);
  }
}

} // namespace carillon::test
