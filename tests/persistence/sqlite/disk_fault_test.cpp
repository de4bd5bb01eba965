#include "persistence/sqlite/sqlite_storage.hpp"
#include "tests/persistence/sqlite/sqlite_test_store.hpp"
#include "tests/persistence/state/state_fixture.hpp"
#include "tests/support/failing_files.hpp"
#include "tests/support/faulty_vfs.hpp"

// Effects of a failing disk: the call fails with the cause, and everything continues as if nothing
// had been tried.

namespace carillon::test {

TEST_SUITE("persistence/disk_fault") {
  namespace {

  storage_options faulty() {
    storage_options options;
    options.vfs = faulty_vfs::name();
    options.busy_timeout = std::chrono::milliseconds{200};
    return options;
  }

  using fault = failing_files::fault;

  struct fixture {
    healed_at_end healed;
    sqlite_test_store store;
    std::shared_ptr<failing_files> files = std::make_shared<failing_files>(store.file("log"));
    std::unique_ptr<storage> open = open_failing();
    std::unique_ptr<event_log> log = must(open->open_log_writer());

    std::unique_ptr<storage> open_failing() {
      auto options = faulty();
      options.url = "sqlite://" + store.file("").parent_path().string();
      // What is appended while the disk is full does not fit into the first file.
      options.log_segment_bytes = 256UL * 1024;
      return must(sqlite::sqlite_storage::open(options, files));
    }

    void heal() const {
      faulty_vfs::heal();
      files->fail(fault::none);
    }
  };

  /// Appends while the disk fails, then after it is repaired; all acknowledged events are there.
  void check_append_recovers(fault what, bool with_reader) {
    fixture f;
    const auto reader = with_reader ? must(f.open->open_log_reader()) : nullptr;
    must(f.log->append(make_drafts("before", 500), epoch));
    f.files->fail(what);
    const auto drafts = make_drafts("during", 2'000);
    for (int i = 0; i < 3; ++i) {
      const auto refused = f.log->append(drafts, epoch);
      REQUIRE_FALSE(refused);
      CHECK(refused.error().code == ec::store_unavailable);
      CHECK(refused.error().detail.find("seg") == std::string::npos);
      CHECK(drafts[0]->seq == 0);
      CHECK(drafts[1'999]->seq == 0);
      if (reader)
        CHECK(must(reader->head()) == 500);
    }
    CHECK(f.files->failures() > 0);
    f.heal();
    const auto again = must(f.log->append(drafts, epoch));
    CHECK(must(f.log->head()) == 2'500);
    for (size_t i = 0; i < drafts.size(); ++i)
      CHECK(again.items[i] == receipt{.seq = 501 + i, .duplicate = false, .conflicting_type = {}});
    must(f.log->append(make_drafts("after", 10), epoch));
    CHECK(must(f.log->append(make_drafts("during", 10), epoch)).items[9].seq == 510);
    f.log.reset();
    f.open.reset();
    f.open = f.store.open();
    const auto all = must(must(f.open->open_log_reader())->read({.limit = 10'000}));
    REQUIRE(all.events.size() == 2'510);
    for (size_t i = 0; i < all.events.size(); ++i)
      REQUIRE(all.events[i]->seq == i + 1);
  }

  } // namespace

  TEST_CASE("a full disk refuses appends until there is space") {
    for (const bool with_reader : {false, true})
      check_append_recovers(fault::full, with_reader);
  }

  TEST_CASE("the refusal of a full disk says so") {
    fixture f;
    f.files->fail(fault::full);
    const auto refused = f.log->append(make_drafts("a", 2'000), epoch);
    REQUIRE_FALSE(refused);
    CHECK(refused.error().detail.find("full") != std::string::npos);
  }

  TEST_CASE("writes that fail refuse appends until they work") {
    for (const bool with_reader : {false, true})
      check_append_recovers(fault::writes, with_reader);
  }

  TEST_CASE("syncs that fail refuse appends until they work") {
    for (const bool with_reader : {false, true})
      check_append_recovers(fault::syncs, with_reader);
  }

  TEST_CASE("a file that the writer replaces after a failed sync is not taken for another's") {
    fixture f;
    // The first file has no events as yet: the next one begins at the same position.
    f.files->fail(fault::file_syncs, 1);
    must(f.log->append(make_drafts("a", 3), epoch));
    CHECK(f.files->failures() == 1);
    CHECK(f.open->check_hold());
    CHECK(must(f.log->head()) == 3);
  }

  TEST_CASE("an append that was refused is new again when the node starts, or there once") {
    for (const auto what : {fault::full, fault::writes, fault::syncs}) {
      fixture f;
      must(f.log->append(make_drafts("a", 500), epoch));
      f.files->fail(what);
      CHECK_FALSE(f.log->append(make_drafts("b", 2'000), epoch));
      f.log.reset();
      f.open.reset();
      f.heal();
      f.open = f.open_failing();
      f.log = must(f.open->open_log_writer());
      must(f.log->append(make_drafts("b", 2'000), epoch));
      CHECK(must(f.log->head()) == 2'500);
      const auto all = must(f.log->read({.limit = 10'000})).events;
      REQUIRE(all.size() == 2'500);
      for (size_t i = 500; i < all.size(); ++i)
        REQUIRE(all[i]->id == "b" + std::to_string(i - 500));
    }
  }

  TEST_CASE("reading goes on while the disk is full") {
    fixture f;
    const auto reader = must(f.open->open_log_reader());
    must(f.log->append(make_drafts("a", 100), epoch));
    faulty_vfs::fill_disk();
    f.files->fail(fault::full);
    CHECK(code_of(f.log->append(make_drafts("b", 5'000), epoch)) == ec::store_unavailable);
    CHECK(must(reader->read({})).events.size() == 100);
    CHECK(must(reader->query({})).events.size() == 100);
    CHECK(must(reader->head()) == 100);
  }

  TEST_CASE("a full disk refuses commits of consumers as a whole, until there is space") {
    healed_at_end healed;
    sqlite_test_store store;
    const auto open = store.open(faulty());
    const auto state = must(open->open_state(true));
    must(state->consumers().open({.name = "audit"}, epoch));
    auto commit = std::make_shared<consumer_commit>();
    commit->consumer = "audit";
    commit->generation = 1;
    commit->cursor = 2'000;
    for (position i = 1; i <= 2'000; ++i)
      commit->effects.add(make_entry("a.b", i));
    // With it the commit waits for the disk.
    commit->dead_letters.push_back({.consumer = "audit", .seq = 1});
    const std::vector<consumer_commit_ptr> commits{commit};
    for (const auto fail : {&faulty_vfs::fill_disk, &faulty_vfs::break_syncs}) {
      (*fail)("state.db");
      CHECK(code_of(state->consumers().commit(commits)) == ec::store_unavailable);
      CHECK(code_of(state->audit().append({make_entry("x.y")})) == ec::store_unavailable);
    }
    faulty_vfs::heal();
    must(state->consumers().commit(commits));
    CHECK(must(state->consumers().open({.name = "audit"}, epoch)).record.cursor == 2'000);
    const auto verified = must(state->audit().verify({}));
    CHECK(verified.verdict.valid);
    CHECK(verified.verdict.checked >= 2'000);
    CHECK(verified.verdict.checked <= 2'002);
  }

  TEST_CASE("an indexer that cannot write goes on when it can") {
    fixture f;
    must(f.log->append(make_drafts("a", 3'000), epoch));
    const auto indexer = must(f.open->open_indexer());
    faulty_vfs::fill_disk("index.db");
    CHECK(code_of(indexer->step()) == ec::store_unavailable);
    faulty_vfs::heal();
    CHECK(must(indexer->step()).indexed == 3'000);
  }

  TEST_CASE("a checkpoint that fails loses nothing and is made later") {
    fixture f;
    must(f.log->append(make_drafts("a", 3'000), epoch));
    const auto checkpointer = must(f.open->open_checkpointer());
    const auto state = must(f.open->open_state(true));
    must(state->audit().append({make_entry("a.b")}));
    faulty_vfs::break_writes("state.db");
    CHECK(code_of(checkpointer->run()) == ec::store_unavailable);
    faulty_vfs::heal();
    CHECK(must(checkpointer->run()).store_bytes > 0);
    CHECK(must(must(f.open->open_log_reader())->read({.limit = 9'999})).events.size() == 3'000);
  }

  TEST_CASE("a store on a full disk is refused, and opens when there is space") {
    healed_at_end healed;
    sqlite_test_store store;
    faulty_vfs::name();
    faulty_vfs::fill_disk();
    CHECK(code_of(store.try_open(faulty())) == ec::store_unavailable);
    faulty_vfs::heal();
    CHECK(code_of(store.try_open(faulty())) == ec::none);
  }
}

} // namespace carillon::test
