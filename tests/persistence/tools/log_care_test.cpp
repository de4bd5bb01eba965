#include "persistence/tools/log_care.hpp"

#include "persistence/segments/repair.hpp"
#include "tests/persistence/sqlite/sqlite_test_store.hpp"

#include <fstream>

// `carillon log check` and `carillon log repair`.

namespace carillon::test {

TEST_SUITE("persistence/log_care") {
  namespace {

  constexpr size_t all_events = 6'000;

  storage_options small_files() {
    storage_options options;
    options.log_segment_bytes = 256UL * 1024;
    return options;
  }

  /// Some files of groups of 20 events, with a consumer at the head, closed.
  struct stored_log {
    sqlite_test_store store;

    stored_log() {
      const auto open = store.open(small_files());
      const auto log = must(open->open_log_writer());
      for (size_t i = 0; i < all_events / 20; ++i)
        must(log->append(make_drafts("a" + std::to_string(i) + ".", 20), epoch));
      index_all(*open);
      must(must(open->open_checkpointer())->run());
      must(must(open->open_state(true))
             ->consumers()
             .open({.name = "audit", .initial = all_events}, epoch));
    }

    std::filesystem::path directory() const {
      return store.file("").parent_path();
    }

    log_state checked() const {
      return must(check_log(directory(), {}));
    }

    /// Names of the segments, ascending.
    std::vector<std::string> segments() const {
      std::vector<std::string> out;
      for (const auto& x : std::filesystem::directory_iterator{store.file("log")})
        if (carillon::segments::segment_first(x.path().filename().string()))
          out.push_back(x.path().filename().string());
      std::sort(out.begin(), out.end());
      return out;
    }

    void damage(const std::string& segment, uint64_t at) const {
      store.overwrite("log/" + segment, at, std::string(64, '\x55'));
    }

    /// Number of events that say that one was lost; all others must be as they were.
    size_t count_lost() {
      const auto open = store.open(small_files());
      const auto log = must(open->open_log_reader());
      REQUIRE(must(log->head()) == all_events);
      size_t lost = 0;
      for (position at = 1; at <= all_events; ++at) {
        const auto x = must(log->find({.seq = at}));
        if (x->type == lost_event_type)
          ++lost;
        else
          REQUIRE(x->id
                  == "a" + std::to_string((at - 1) / 20) + "." + std::to_string((at - 1) % 20));
      }
      return lost;
    }
  };

  } // namespace

  TEST_CASE("a log that is well is found well, and not touched") {
    stored_log x;
    const auto found = x.checked();
    CHECK(found.is_well());
    CHECK_FALSE(found.is_in_use);
    CHECK(found.log.head == all_events);
    CHECK(found.known_to == all_events);
    const auto history = x.store.open(small_files())->history();
    const auto done = must(repair_log(x.directory(), epoch, {}));
    CHECK(done.kept_in.empty());
    CHECK(done.history.empty());
    CHECK(x.store.open(small_files())->history() == history);
  }

  TEST_CASE("damage is named, and repaired with the loss of the frame that has it") {
    stored_log x;
    const auto names = x.segments();
    REQUIRE(names.size() > 3);
    const auto before = x.store.open(small_files())->history();
    for (const bool is_newest : {false, true}) {
      const auto name = is_newest ? x.segments().back() : names[1];
      CAPTURE(name);
      // What the first repair kept still has the events of the newest file.
      for (const auto& kept : std::filesystem::directory_iterator{x.store.file("log")})
        if (kept.path().extension().string().starts_with(".cut"))
          std::filesystem::remove(kept.path());
      x.damage(name, 4'200);
      const auto found = x.checked();
      CHECK_FALSE(found.is_well());
      REQUIRE(found.log.damages.size() == 1);
      CHECK(found.log.damages[0].file == name);
      std::vector<std::string> steps;
      const auto done
        = must(repair_log(x.directory(), epoch, [&](const std::string& step, uint64_t, uint64_t) {
            steps.push_back(step);
          }));
      CHECK_FALSE(steps.empty());
      CHECK(done.lost == 20);
      CHECK(done.last_lost == done.first_lost + 19);
      CHECK(done.head == all_events);
      CHECK(std::filesystem::exists(x.store.file("log/" + name + ".cut")));
      CHECK(x.checked().is_well());
      CHECK(must(repair_log(x.directory(), epoch, {})).kept_in.empty());
      const auto open = x.store.open(small_files());
      CHECK(open->history() == done.history);
      CHECK(open->history() != before);
    }
    CHECK(x.count_lost() == 40);
    // What is appended gets positions that no event had.
    const auto open = x.store.open(small_files());
    const auto log = must(open->open_log_writer());
    index_all(*open);
    CHECK(must(log->append(make_drafts("new", 1), epoch)).items[0].seq == all_events + 1);
    CHECK(must(log->append(make_drafts("a7.", 1), epoch)).items[0].duplicate);
  }

  TEST_CASE("the refusal of a damaged log names the repair") {
    stored_log x;
    x.damage(x.segments().back(), 9'000);
    const auto refused = x.store.try_open(small_files());
    REQUIRE_FALSE(refused);
    CHECK(refused.error().code == ec::store_corrupt);
    CHECK(refused.error().detail.find("carillon log repair --data-dir " + x.directory().string())
          != std::string::npos);
    CHECK(refused.error().detail.find(x.segments().back()) != std::string::npos);
  }

  TEST_CASE("a damaged header costs no event behind it") {
    stored_log x;
    x.damage(x.segments()[1], 1'000);
    CHECK(x.checked().log.damages.size() == 1);
    const auto done = must(repair_log(x.directory(), epoch, {}));
    CHECK(done.lost == 0);
    CHECK(done.saved > 100);
    CHECK(x.count_lost() == 0);
  }

  TEST_CASE("of a compressed file a block is lost at most") {
    stored_log x;
    {
      auto options = small_files();
      options.log_compress = log_compression::zstd;
      const auto open = x.store.open(options);
      const auto checkpointer = must(open->open_checkpointer());
      for (int i = 0; i < 10; ++i)
        must(checkpointer->run());
    }
    const auto name = x.segments()[1];
    REQUIRE(std::filesystem::file_size(x.store.file("log/" + name)) < 128UL * 1024);
    CHECK(x.checked().is_well());
    x.damage(name, 5'000);
    CHECK(x.checked().log.damages.size() == 1);
    const auto done = must(repair_log(x.directory(), epoch, {}));
    CHECK(done.lost > 0);
    CHECK(done.lost < *segments::segment_first(x.segments().back()));
    CHECK(x.count_lost() == done.lost);
  }

  TEST_CASE("a file that is gone, or a log that lost its end, gets its positions back") {
    {
      stored_log x;
      const auto gone = x.segments()[1];
      std::filesystem::remove(x.store.file("log/" + gone));
      CHECK_FALSE(x.checked().log.damages.empty());
      const auto done = must(repair_log(x.directory(), epoch, {}));
      CHECK(done.first_lost == *segments::segment_first(gone));
      CHECK(x.count_lost() == done.lost);
    }
    sqlite_test_store store;
    {
      const auto open = store.open();
      must(must(open->open_log_writer())->append(make_drafts("a", 120), epoch));
      must(
        must(open->open_state(true))->consumers().open({.name = "audit", .initial = 120}, epoch));
    }
    store.rewrite_log([](auto& events) { events.resize(100); });
    const auto directory = store.file("").parent_path();
    const auto found = must(check_log(directory, {}));
    CHECK(found.log.damages.empty());
    CHECK_FALSE(found.is_well());
    CHECK(code_of(store.try_open({})) == ec::store_corrupt);
    const auto done = must(repair_log(directory, epoch, {}));
    CHECK(done.lost == 20);
    CHECK(done.first_lost == 101);
    CHECK_FALSE(done.history.empty());
    CHECK(store.open()->history() == done.history);
  }

  TEST_CASE("an index of another log says nothing of this one, and that of this one does") {
    stored_log x;
    x.store.tamper("index.db", "UPDATE index_state SET cursor = 9999999, history = 'another'");
    CHECK(x.checked().is_well());
    x.store.tamper("index.db", "UPDATE index_state SET cursor = 7000, history = '"
                                 + x.store.open({.url = {}, .read_only = true})->history() + "'");
    CHECK(x.checked().known_to == 7'000);
    CHECK_FALSE(x.checked().is_well());
  }

  TEST_CASE("a repair that ended half-way is carried on") {
    stored_log x;
    x.damage(x.segments()[1], 9'000);
    const auto files = segments::files_in(x.store.file("log").string());
    const auto cut = must(segments::repair(files, epoch));
    REQUIRE(cut.lost_from > 0);
    CHECK_FALSE(x.checked().is_well());
    CHECK(code_of(x.store.try_open(small_files())) == ec::store_corrupt);
    const auto done = must(repair_log(x.directory(), epoch, {}));
    CHECK(done.lost == 20);
    CHECK(done.saved > 1'000);
    CHECK(x.count_lost() == 20);
  }

  TEST_CASE("a repair that is carried on knows what the index of the former history has") {
    stored_log x;
    x.store.tamper("index.db", "UPDATE index_state SET cursor = 6010");
    x.damage(x.segments()[1], 9'000);
    must(segments::repair(segments::files_in(x.store.file("log").string()), epoch));
    CHECK(x.checked().known_to == 6'010);
    const auto done = must(repair_log(x.directory(), epoch, {}));
    CHECK(done.head == 6'010);
    CHECK(done.lost == 30);
    CHECK(x.checked().is_well());
  }

  TEST_CASE("a repair that ended before all files were away loses no more than another") {
    stored_log x;
    const auto names = x.segments();
    REQUIRE(names.size() > 3);
    x.damage(names[1], 9'000);
    const auto files = segments::files_in(x.store.file("log").string());
    must(segments::repair(files, epoch));
    // The last one that it moves.
    const auto last = "log/" + names[2];
    std::filesystem::rename(x.store.file(last + ".cut"), x.store.file(last));
    const auto done = must(repair_log(x.directory(), epoch, {}));
    CHECK(done.lost == 20);
    CHECK(done.head == all_events);
    CHECK(x.checked().is_well());
    CHECK(x.count_lost() == 20);
  }

  TEST_CASE("a later repair is not misled by the files of a former one") {
    stored_log x;
    x.damage(x.segments()[1], 9'000);
    const auto former = must(repair_log(x.directory(), epoch, {}));
    CHECK(former.lost == 20);
    {
      const auto open = x.store.open(small_files());
      const auto log = must(open->open_log_writer());
      index_all(*open);
      must(log->append(make_drafts("b", 200), epoch));
    }
    const auto newest = x.segments().back();
    REQUIRE(*segments::segment_first(newest) > former.last_lost);
    REQUIRE(*segments::segment_first(newest) < all_events);
    x.damage(newest, 4'200);
    const auto done = must(repair_log(x.directory(), epoch, {}));
    CHECK(done.head == all_events + 200);
    // The file that the former repair kept still has them.
    CHECK(done.lost == 0);
    CHECK(x.checked().is_well());
    const auto open = x.store.open(small_files());
    const auto log = must(open->open_log_reader());
    for (position i = 0; i < 200; ++i)
      CHECK(must(log->find({.seq = all_events + 1 + i}))->id == "b" + std::to_string(i));
  }

  TEST_CASE("a node that runs is not repaired, and may be checked") {
    stored_log x;
    const auto open = x.store.open(small_files());
    CHECK(code_of(repair_log(x.directory(), epoch, {})) == ec::store_locked);
    const auto found = x.checked();
    CHECK(found.is_in_use);
    CHECK(found.is_well());
  }

  TEST_CASE("an unfinished restore is refused: what is not there yet is not lost") {
    stored_log x;
    std::filesystem::remove(x.store.file("log/" + x.segments().back()));
    CHECK_FALSE(x.checked().is_well());
    std::ofstream{x.store.file("RESTORING")} << "1";
    CHECK(code_of(check_log(x.directory(), {})) == ec::store_unavailable);
    CHECK(code_of(repair_log(x.directory(), epoch, {})) == ec::store_unavailable);
  }

  TEST_CASE("no log, and one of an older version, are refused") {
    sqlite_test_store store;
    const auto directory = store.file("").parent_path();
    CHECK(code_of(check_log(directory, {})) == ec::not_found);
    CHECK(code_of(repair_log(directory, epoch, {})) == ec::not_found);
    CHECK_FALSE(std::filesystem::exists(store.file("LOCK")));
    store.open().reset();
    std::filesystem::resize_file(store.file("events.db"), 0);
    CHECK(code_of(check_log(directory, {})) == ec::store_unavailable);
    CHECK(code_of(repair_log(directory, epoch, {})) == ec::store_unavailable);
  }

  TEST_CASE("a state that cannot be read is refused: nobody knows where the log has to end") {
    stored_log x;
    x.store.overwrite("state.db", 0, std::string(100, 'x'));
    const auto refused = repair_log(x.directory(), epoch, {});
    REQUIRE_FALSE(refused);
    CHECK(refused.error().detail.find("state.db") != std::string::npos);
  }
}

} // namespace carillon::test
