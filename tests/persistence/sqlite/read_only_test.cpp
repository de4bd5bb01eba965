#include "tests/persistence/sqlite/sqlite_test_store.hpp"
#include "tests/persistence/state/state_fixture.hpp"

#include <atomic>
#include <thread>

// `carillon audit verify` and `carillon query` beside a running node.

namespace carillon::test {

TEST_SUITE("persistence/read_only") {
  namespace {

  storage_options reading() {
    storage_options options;
    options.read_only = true;
    return options;
  }

  } // namespace

  TEST_CASE("it opens beside the one that writes and sees its commits") {
    sqlite_test_store store;
    const auto node = store.open();
    const auto log = must(node->open_log_writer());
    const auto state = must(node->open_state(true));
    must(log->append(make_drafts("a", 3), epoch));
    must(state->audit().append({make_entry("a.b")}));
    const auto beside = store.open(reading());
    CHECK(must(must(beside->open_log_reader())->head()) == 3);
    CHECK(must(must(beside->open_state(false))->audit().verify({})).verdict.checked == 1);
    const auto reader = must(beside->open_log_reader());
    CHECK(must(reader->read({})).events.size() == 3);
    must(log->append(make_drafts("b", 2), epoch));
    // A reader that was there before, too.
    CHECK(must(reader->read({.after = 3})).events.size() == 2);
    CHECK(must(reader->find({.seq = 5}))->id == "b1");
    CHECK(must(reader->find({.seq = 0, .id = "b0"}))->seq == 4);
    CHECK(must(must(beside->open_log_reader())->head()) == 5);
  }

  TEST_CASE("a writer that never rests is no damage to those who read beside it") {
    sqlite_test_store store;
    storage_options small;
    small.log_segment_bytes = 256UL * 1024;
    const auto node = store.open(small);
    const auto log = must(node->open_log_writer());
    const auto checkpointer = must(node->open_checkpointer());
    must(log->append(make_drafts("first", 1), epoch));
    std::atomic<bool> done{false};
    std::thread writing{[&] {
      for (size_t i = 0; !done; ++i) {
        must(log->append(make_drafts("t" + std::to_string(i) + ".", 20), epoch));
        if (i % 10 == 0)
          must(checkpointer->run());
      }
    }};
    std::thread indexing{[&] {
      const auto indexer = must(node->open_indexer());
      while (!done)
        must(indexer->step());
    }};
    event_filter filter;
    filter.company_id = "acme";
    for (int i = 0; i < 40; ++i) {
      const auto beside = store.try_open(reading());
      CAPTURE((beside ? "" : beside.error().detail));
      CHECK(beside);
      if (!beside)
        continue;
      const auto reader = must((*beside)->open_log_reader());
      const auto head = must(reader->head());
      CHECK(must(reader->find({.seq = head}))->seq == head);
      const auto page = must(reader->query({.filter = filter, .limit = 50}));
      CHECK(page.events.size() == std::min<size_t>(50, page.events.front()->seq));
      CHECK(page.events.front()->seq >= head);
    }
    done = true;
    writing.join();
    indexing.join();
  }

  TEST_CASE("it opens a store that nobody else has open") {
    sqlite_test_store store;
    must(must(store.open()->open_log_writer())->append(make_drafts("a", 3), epoch));
    const auto open = store.open(reading());
    const auto reader = must(open->open_log_reader());
    CHECK(must(reader->query({})).events.size() == 3);
    CHECK(must(reader->stats({})).rows.size() == 1);
  }

  TEST_CASE("it makes nothing and changes nothing") {
    sqlite_test_store store;
    CHECK(code_of(store.try_open(reading())) == ec::store_unavailable);
    CHECK_FALSE(std::filesystem::exists(store.file("events.db")));
    CHECK_FALSE(std::filesystem::exists(store.file("log")));
    store.open().reset();
    const auto open = store.open(reading());
    CHECK(code_of(open->open_log_writer()) == ec::invalid_argument);
    CHECK(code_of(open->open_state(true)) == ec::invalid_argument);
    CHECK(code_of(open->open_indexer()) == ec::invalid_argument);
    CHECK(code_of(open->open_checkpointer()) == ec::invalid_argument);
  }

  TEST_CASE("without an index it looks at the log") {
    sqlite_test_store store;
    must(must(store.open()->open_log_writer())->append(make_drafts("a", 30), epoch));
    for (const bool missing : {true, false}) {
      if (missing)
        std::filesystem::remove(store.file("index.db"));
      else
        store.tamper("index.db", "CREATE TABLE x (y)");
      const auto open = store.open(reading());
      event_filter filter;
      filter.company_id = "acme";
      const auto reader = must(open->open_log_reader());
      CHECK(must(reader->query({.filter = filter})).events.size() == 30);
      CHECK(must(reader->stats({})).rows.at(0).counts.at("order.created") == 30);
    }
  }

  TEST_CASE("a damaged or newer store is refused all the same") {
    sqlite_test_store store;
    store.open().reset();
    store.tamper("state.db", "INSERT INTO schema_migrations VALUES (99, 'future', 0)");
    CHECK(code_of(store.try_open(reading())) == ec::store_too_new);
    store.overwrite("state.db", 0, std::string(100, 'x'));
    CHECK(code_of(store.try_open(reading())) == ec::store_corrupt);
  }
}

} // namespace carillon::test
