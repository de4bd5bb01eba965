#include "persistence/segments/segment_store.hpp"
#include "persistence/sqlite/index/index_file.hpp"
#include "tests/persistence/sqlite/sqlite_test_store.hpp"

#include <fstream>
#include <functional>
#include <set>
#include <thread>

// The index is derived: any damage costs a rebuild, but never changes an answer.

namespace carillon::test {

TEST_SUITE("persistence/index_rebuild") {
  namespace {

  constexpr size_t all = 5'000;

  /// Appends `n` events of two companies.
  void append_some(event_log& log, const std::string& prefix, size_t n) {
    std::vector<draft_ptr> drafts;
    for (size_t i = 0; i < n; ++i)
      drafts.push_back(
        make_draft(prefix + std::to_string(i), "order.created", i % 10 == 0 ? "beta" : "acme"));
    must(log.append(drafts, epoch));
  }

  void fill(sqlite_test_store& store) {
    const auto open = store.open();
    append_some(*must(open->open_log_writer()), "a", all);
    index_all(*open);
  }

  event_filter of_beta() {
    event_filter x;
    x.company_id = "beta";
    return x;
  }

  void check_answers(storage& store, size_t count = all) {
    const auto reader = must(store.open_log_reader());
    CHECK(must(reader->count({.filter = of_beta(), .up_to = count}, std::chrono::seconds{10}))
          == count / 10);
    CHECK(must(reader->query({.filter = of_beta(), .limit = 1'000})).events.size() == count / 10);
    CHECK(must(reader->stats({})).rows.at(0).counts.at("order.created") == count);
  }

  /// Index position that a fresh indexer begins at.
  position indexed(storage& store) {
    const auto indexer = must(store.open_indexer());
    return must(indexer->step()).indexed;
  }

  /// Damages the index of a full store; it must answer before, while and after it is rebuilt.
  void check_rebuilt(const std::function<void(sqlite_test_store&)>& damage) {
    sqlite_test_store store;
    fill(store);
    damage(store);
    storage_options options;
    options.index_batch = 1'000;
    const auto open = store.open(options);
    check_answers(*open);
    CHECK(indexed(*open) == 1'000);
    check_answers(*open);
    index_all(*open);
    check_answers(*open);
  }

  } // namespace

  TEST_CASE("a missing index is rebuilt") {
    check_rebuilt([](auto& store) { std::filesystem::remove(store.file("index.db")); });
  }

  TEST_CASE("an index that is no database is rebuilt") {
    check_rebuilt([](auto& store) { store.overwrite("index.db", 0, std::string(200, 'x')); });
  }

  TEST_CASE("an empty index file is rebuilt") {
    check_rebuilt([](auto& store) { std::filesystem::resize_file(store.file("index.db"), 0); });
  }

  TEST_CASE("an index of another schema is rebuilt, whether older or newer") {
    check_rebuilt([](auto& store) {
      store.tamper("index.db", "INSERT INTO schema_migrations VALUES (99, 'future', 0)");
    });
    check_rebuilt([](auto& store) { store.tamper("index.db", "DROP TABLE schema_migrations"); });
  }

  TEST_CASE("an index of another log is rebuilt") {
    check_rebuilt([](auto& store) {
      store.tamper("index.db", "UPDATE index_state SET last_id = 'someone else'");
    });
  }

  TEST_CASE("an index ahead of its log is rebuilt") {
    check_rebuilt(
      [](auto& store) { store.tamper("index.db", "UPDATE index_state SET cursor = 9999999"); });
  }

  TEST_CASE("an index that lost its state is rebuilt") {
    check_rebuilt([](auto& store) { store.tamper("index.db", "DELETE FROM index_state"); });
  }

  TEST_CASE("an indexer that is stopped half-way goes on there") {
    sqlite_test_store store;
    storage_options options;
    options.index_batch = 700;
    {
      const auto open = store.open(options);
      append_some(*must(open->open_log_writer()), "a", all);
      const auto indexer = must(open->open_indexer());
      for (int i = 1; i <= 3; ++i)
        CHECK(must(indexer->step()).indexed == static_cast<position>(i) * 700);
    }
    const auto open = store.open(options);
    check_answers(*open);
    CHECK(indexed(*open) == 4 * 700);
    check_answers(*open);
    index_all(*open);
    check_answers(*open);
  }

  TEST_CASE("batches end at segments, and answers span them") {
    sqlite_test_store store;
    const auto open = store.open();
    const auto log = must(open->open_log_writer());
    constexpr size_t large = 270'000; // A segment is 262,144.
    for (size_t i = 0; i < large / 10'000; ++i)
      append_some(*log, "b" + std::to_string(i) + ".", 10'000);
    index_all(*open);
    const auto reader = must(open->open_log_reader());
    CHECK(must(reader->count({.filter = of_beta(), .up_to = large}, std::chrono::seconds{20}))
          == large / 10);
    const auto page = must(reader->query({.filter = of_beta(), .limit = 1'000, .beyond = 266'000}));
    REQUIRE(page.events.size() == 1'000);
    CHECK(page.events.front()->seq == 265'991);
    CHECK(page.events.back()->seq == 265'991 - 9'990);
  }

  TEST_CASE("damage that shows while the store runs is answered from the log and repaired") {
    sqlite_test_store store;
    fill(store);
    const auto open = store.open();
    // Every page but the first two: the state is readable, the lists are not.
    const auto pages = std::filesystem::file_size(store.file("index.db")) / 4096;
    for (uint64_t page = 3; page < pages; ++page)
      store.overwrite("index.db", page * 4096, std::string(100, '\x55'));
    check_answers(*open);
    const auto log = must(open->open_log_writer());
    append_some(*log, "more", 500);
    const auto indexer = must(open->open_indexer());
    index_progress progress;
    int steps = 0;
    do {
      if (const auto x = indexer->step())
        progress = *x;
      REQUIRE(++steps < 10);
    } while (progress.indexed < all + 500);
    check_answers(*open, all + 500);
  }

  TEST_CASE("events that are damaged in the log are left out and said, and no other waits") {
    sqlite_test_store store;
    storage_options options;
    options.log_segment_bytes = 256UL * 1024;
    options.index_batch = 1'000;
    const std::string segment = "log/00000000000000000001.seg";
    std::string well(64, '\0');
    {
      const auto open = store.open(options);
      const auto log = must(open->open_log_writer());
      for (size_t i = 0; i < all / 50; ++i)
        append_some(*log, "a" + std::to_string(i) + ".", 50);
      // Sealed: the start does not read its frames.
      must(must(open->open_checkpointer())->run());
    }
    {
      std::ifstream in{store.file(segment), std::ios::binary};
      in.seekg(20'000);
      in.read(well.data(), static_cast<std::streamsize>(well.size()));
    }
    store.overwrite(segment, 20'000, std::string(64, '\x55'));
    std::vector<std::string> told;
    options.on_trouble = [&](const std::string& x) { told.push_back(x); };
    index_progress first;
    {
      const auto open = store.open(options);
      const auto indexer = must(open->open_indexer());
      do
        first = must(indexer->step());
      while (first.indexed < all);
      CHECK(first.missing > 0);
      CHECK(first.missing < 1'000);
      CHECK(first.first_missing >= 1);
      REQUIRE_FALSE(told.empty());
      CHECK(told.front().find("damaged at position") != std::string::npos);
      const auto reader = must(open->open_log_reader());
      CHECK(must(reader->find({.seq = 0, .id = "a90.7"}))->seq == 4'508);
      const auto log = must(open->open_log_writer());
      CHECK(must(log->append({{make_draft("a90.7")}}, epoch)).items[0].duplicate);
    }
    {
      // Also by the next indexer, which begins behind it.
      const auto open = store.open(options);
      const auto again = must(must(open->open_indexer())->step());
      CHECK(again.indexed == all);
      CHECK(again.missing == first.missing);
      CHECK(again.first_missing == first.first_missing);
    }
    // The file is put back: the index gets what it lacks.
    store.overwrite(segment, 20'000, well);
    const auto open = store.open(options);
    index_all(*open);
    CHECK(must(must(open->open_indexer())->step()).missing == 0);
    check_answers(*open);
  }

  TEST_CASE("of an event that is damaged by now the index knows the id") {
    sqlite_test_store store;
    storage_options options;
    options.log_segment_bytes = 256UL * 1024;
    const std::string segment = "log/00000000000000000001.seg";
    const auto open = store.open(options);
    const auto log = must(open->open_log_writer());
    for (size_t i = 0; i < all / 50; ++i)
      append_some(*log, "a" + std::to_string(i) + ".", 50);
    index_all(*open);
    must(must(open->open_checkpointer())->run());
    store.overwrite(segment, 4'200, std::string(64, '\x55'));
    const auto draft = make_draft("a0.1");
    const auto result = log->append({{draft, make_draft("new")}}, epoch);
    CHECK(must(result).items[0] == receipt{.seq = 2, .duplicate = true, .conflicting_type = {}});
    CHECK_FALSE(must(result).items[1].duplicate);
  }

  TEST_CASE("an error that passes does not cost the index") {
    sqlite_test_store store;
    fill(store);
    const auto identity = [&] {
      sqlite::connection db{{.file = store.file("index.db")}};
      return sqlite::name_key_of(db).first;
    };
    const auto before = identity();
    bool fails = true;
    const auto log = must(
      segments::segment_store::open(segments::files_in(store.file("log").string()),
                                    {.how = segments::segment_options::access::read}, epoch));
    sqlite::log_place place;
    place.open = [&]() -> expected<segments::segment_reader> {
      if (fails)
        return failure{ec::store_unavailable, "the disk reported an error", {}};
      return log->reader();
    };
    const sqlite::connection_options index{.file = store.file("index.db"),
                                           .access = sqlite::access::write};
    sqlite::log_cursor cursor{place};
    CHECK(code_of(sqlite::prepare_index(index, cursor, log->history(), epoch))
          == ec::store_unavailable);
    CHECK(identity() == before);
    fails = false;
    CHECK(code_of(sqlite::prepare_index(index, cursor, log->history(), epoch)) == ec::none);
    CHECK(identity() == before);
    CHECK(code_of(sqlite::prepare_index(index, cursor, "another", epoch)) == ec::none);
    CHECK(identity() != before);
  }

  TEST_CASE("only one indexer works at a time") {
    sqlite_test_store store;
    const auto open = store.open();
    auto first = must(open->open_indexer());
    CHECK(code_of(open->open_indexer()) == ec::conflict);
    first.reset();
    CHECK(code_of(open->open_indexer()) == ec::none);
  }

  TEST_CASE("readers, writer, indexer and checkpointer work side by side") {
    sqlite_test_store store;
    storage_options options;
    options.index_batch = 300;
    const auto open = store.open(options);
    std::atomic<bool> done{false};
    const auto begin = std::chrono::steady_clock::now();
    std::thread indexing{[&] {
      const auto indexer = must(open->open_indexer());
      while (!done)
        must(indexer->step());
    }};
    std::thread checkpointing{[&] {
      const auto checkpointer = must(open->open_checkpointer());
      while (!done)
        must(checkpointer->run());
    }};
    std::atomic<size_t> wrong{0};
    std::thread reading{[&] {
      const auto reader = must(open->open_log_reader());
      while (!done) {
        const auto head = must(reader->head());
        std::set<position> seen;
        query_request ask{.filter = of_beta(), .limit = 1'000};
        do {
          const auto page = must(reader->query(ask));
          for (const auto& x : page.events)
            seen.insert(x->seq);
          ask.beyond = page.next;
        } while (ask.beyond);
        // Every tenth event is of this company; earlier ones must be found.
        wrong += seen.size() < head / 10 ? 1 : 0;
      }
    }};
    const auto log = must(open->open_log_writer());
    for (int i = 0; i < 100; ++i)
      append_some(*log, "t" + std::to_string(i) + ".", 50);
    done = true;
    reading.join();
    indexing.join();
    checkpointing.join();
    CHECK(wrong == 0);
    CHECK(std::chrono::steady_clock::now() - begin < std::chrono::seconds{30});
  }
}

} // namespace carillon::test
