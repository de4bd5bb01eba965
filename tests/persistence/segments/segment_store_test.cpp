#include "persistence/segments/segment_store.hpp"
#include "tests/persistence/segments/made_log.hpp"
#include "tests/support/process.hpp"

#include <atomic>
#include <cerrno>
#include <filesystem>
#include <random>
#include <thread>

// The log on files of the system, and what the histories do not come to.

namespace carillon::segments {

TEST_SUITE("persistence/segment_store") {
  namespace {

  std::vector<draft_ptr> some_drafts(uint64_t from, size_t count, size_t data_bytes = 200) {
    std::vector<draft_ptr> out;
    for (size_t i = 0; i < count; ++i)
      out.push_back(test::made_event(from + i, data_bytes));
    return out;
  }

  /// Of a whole file of `made_log`.
  constexpr uint64_t made_bytes = test::made_log::segment_bytes;

  } // namespace

  TEST_CASE("readers in other threads see what is acknowledged, whole, while files are sealed and "
            "compressed") {
    const test::temporary_directory directory;
    auto log = segment_store::open(files_in(directory.path()),
                                   {.segment_bytes = 65'536, .compresses = true}, from_micros(1))
                 .value();
    std::atomic<position> acknowledged{0};
    std::atomic<bool> is_over{false};
    std::atomic<size_t> faults{0};
    const auto read = [&](bool is_descending) {
      auto reader = log->reader();
      while (!is_over) {
        const position known = acknowledged;
        faults += reader.head() < known ? 1 : 0;
        for (position i = 0; i < known; ++i) {
          const auto p = is_descending ? known - i : i + 1;
          const auto x = reader.at(p);
          if (!x || *x == nullptr || (*x)->id != "id-" + std::to_string(p))
            ++faults;
        }
      }
    };
    std::thread ascending{read, false};
    std::thread descending{read, true};
    std::thread maintenance{[&] {
      while (!is_over)
        faults += log->maintain() ? 0 : 1;
    }};
    position next = 1;
    while (log->log().all()->size() < 6) {
      const auto count = 1 + next % 7;
      const auto first = log->writer().append(some_drafts(next, count), from_micros(2));
      faults += first && *first == next ? 0 : 1;
      next += count;
      acknowledged = next - 1;
    }
    is_over = true;
    ascending.join();
    descending.join();
    maintenance.join();
    CHECK(faults == 0);
    CHECK(log->log().head() == next - 1);
    for (int i = 0; i < 12; ++i)
      CHECK(log->maintain().has_value());
    CHECK(log->log().all()->front()->is_compressed());
    log.reset();
    log = segment_store::open(files_in(directory.path()), {.segment_bytes = 65'536}, from_micros(3))
            .value();
    CHECK(log->recovery().read_segments == 1);
    CHECK(log->recovery().cut_bytes == 0);
    CHECK(log->log().head() == next - 1);
  }

  TEST_CASE("files are for their owner only") {
    const test::temporary_directory directory;
    const auto log = segment_store::open(files_in(directory.path()), {}, from_micros(1)).value();
    CHECK(std::filesystem::file_size(directory.path() + "/" + segment_name(1)) == 1UL << 20);
    for (const auto& x : std::filesystem::directory_iterator{directory.path()})
      CHECK((x.status().permissions() & std::filesystem::perms{077})
            == std::filesystem::perms::none);
  }

  TEST_CASE("a file system that is only read has nothing to sync; any other error is one") {
    struct unsynced_file : file {
      int error = 0;

      int64_t read(uint64_t, std::span<char>) noexcept override {
        return 0;
      }
      int64_t write(uint64_t, std::string_view) noexcept override {
        return -EROFS;
      }
      int sync() noexcept override {
        return error;
      }
      int resize(uint64_t) noexcept override {
        return EROFS;
      }
      int64_t size() noexcept override {
        return 0;
      }
    };
    unsynced_file x;
    for (const int error : {0, EROFS, EINVAL}) {
      x.error = error;
      CHECK(sync_seen(x) == 0);
    }
    x.error = EIO;
    CHECK(sync_seen(x) == EIO);
  }

  TEST_CASE("what another process shows of the newest file is on disk, or it shows nothing") {
    for (const bool is_open : {false, true}) {
      CAPTURE(is_open);
      test::made_log x;
      x.append(3);
      const segment_options reading{.how = segment_options::access::read};
      auto log = segment_store::open(x.files, reading, x.now()).value();
      // A process that died, or was slow, between its write and its sync.
      const auto newest = x.store->log().all()->back();
      std::string frame;
      REQUIRE(make_frame(frame, newest->header().generation, 4, x.now(), some_drafts(4, 1)));
      REQUIRE(write_all(newest->content(), newest->end(), frame) == 0);
      const auto look = [&]() -> expected<void> {
        if (is_open)
          return log->refresh();
        auto again = segment_store::open(x.files, reading, x.now());
        if (!again)
          return again.error();
        log = std::move(*again);
        return {};
      };
      x.files->faults.failed_sync = 1000;
      const auto failed = look();
      REQUIRE_FALSE(failed.has_value());
      CHECK(failed.error().code == ec::store_unavailable);
      CHECK(log->log().head() == 3);
      x.files->faults = {};
      // The failed sync forgot the pages, as systems do: they are written again.
      REQUIRE(write_all(newest->content(), newest->end(), frame) == 0);
      REQUIRE(look().has_value());
      CHECK(log->log().head() == 4);
      x.store.reset();
      x.files->cut_power();
      x.open();
      CHECK(x.store->log().head() == 4);
    }
  }

  TEST_CASE("a reader beside the writer reads what is new, and opens no file twice") {
    test::made_log x;
    x.fill(6);
    const auto log = segment_store::open(x.files, {.how = segment_options::access::read}, x.now());
    REQUIRE(log.has_value());
    auto& beside = **log;
    const auto expect_all = [&] {
      REQUIRE(beside.refresh().has_value());
      REQUIRE(beside.log().head() == x.texts.size());
      auto reader = beside.reader();
      for (position p = 1; p <= x.texts.size(); ++p)
        REQUIRE(test::text_of(*reader.at(p).value()) == x.texts[p - 1]);
    };
    x.append(2);
    const auto opened = x.files->open_count;
    const auto read = x.files->read_bytes;
    REQUIRE(beside.refresh().has_value());
    CHECK(x.files->open_count - opened == 1);
    CHECK(x.files->read_bytes - read < 3 * made_bytes);
    CHECK(beside.log().head() == x.texts.size());
    expect_all();
    // Files that are sealed, begun, and begun anew after a failed write.
    REQUIRE(x.store->maintain().has_value());
    x.fill(8);
    expect_all();
    x.files->faults.failed_sync = 300;
    for (int i = 0; i < 200; ++i) {
      if (x.store->writer().append(some_drafts(x.texts.size() + 1, 1, 50), from_micros(5))) {
        auto copy = *some_drafts(x.texts.size() + 1, 1, 50)[0];
        copy.recorded_at = from_micros(5);
        x.texts.push_back(test::text_of(copy));
      }
      static_cast<void>(beside.refresh());
    }
    x.files->faults = {};
    expect_all();
  }

  TEST_CASE("finished files are compressed, and have the same events, hash and chain") {
    test::made_log x;
    x.fill(5);
    REQUIRE(x.store->maintain().has_value());
    std::vector<std::optional<sha256_digest>> hashes;
    for (const auto& segment : *x.store->log().all())
      if (segment->is_sealed())
        hashes.push_back(seal_hash(segment->summary()));
    x.compresses = true;
    x.open();
    auto before = x.store->reader();
    REQUIRE(before.at(1).value() != nullptr);
    for (int i = 0; i < 10; ++i)
      REQUIRE(x.store->maintain().has_value());
    const auto all = x.store->log().all();
    REQUIRE(all->size() == 5);
    for (size_t i = 0; i < 4; ++i) {
      const auto& packed = *all->at(i);
      CHECK(packed.is_compressed());
      CHECK(seal_hash(packed.summary()) == hashes[i]);
      CHECK(x.files->content(packed.name()).size() < packed.header().file_bytes * 2 / 3);
    }
    CHECK_FALSE(all->at(4)->is_sealed());
    CHECK(x.difference().empty());
    // A reader that had a file open goes on in either.
    CHECK(test::text_of(*before.at(2).value()) == x.texts[1]);
    CHECK(test::text_of(*before.at(x.texts.size()).value()) == x.texts.back());
    CHECK_FALSE(x.files->has(packed_name));
    x.compresses = false;
    x.open();
    CHECK(x.difference().empty());
    x.fill(6);
    REQUIRE(x.store->maintain().has_value());
    CHECK_FALSE(x.store->log().all()->at(4)->is_compressed());
    x.open();
    CHECK(x.difference().empty());
  }

  TEST_CASE("blocks are of at most 256 KiB, and what would not be smaller stays") {
    const test::temporary_directory directory;
    const segment_options options{.segment_bytes = 4UL << 20, .compresses = true};
    auto log = segment_store::open(files_in(directory.path()), options, from_micros(1)).value();
    std::mt19937 random{7};
    const auto fill = [&](bool is_noise) {
      const auto files = log->log().all()->size();
      for (position next = log->log().head() + 1; log->log().all()->size() == files; next += 5) {
        auto drafts = some_drafts(next, 5, 3'000);
        if (is_noise)
          for (auto& x : drafts)
            for (auto& c : x->data)
              c = static_cast<char>(random());
        REQUIRE(log->writer().append(drafts, from_micros(2)).has_value());
      }
    };
    fill(false);
    fill(true);
    for (int i = 0; i < 6; ++i)
      REQUIRE(log->maintain().has_value());
    const auto all = log->log().all();
    const auto packed = all->at(0)->summary();
    CHECK(packed.is_compressed);
    CHECK(packed.blocks.size() >= 4);
    for (const auto& x : packed.blocks)
      CHECK(x.bytes <= packed_block_bytes);
    CHECK(all->at(1)->is_sealed());
    CHECK_FALSE(all->at(1)->is_compressed());
  }

  TEST_CASE("a copy that could not be made leaves the file, and is tried again") {
    test::made_log x;
    x.fill(3);
    REQUIRE(x.store->maintain().has_value());
    x.compresses = true;
    x.open();
    for (auto& fault : {&test::disk_faults::full, &test::disk_faults::failed_write,
                        &test::disk_faults::failed_sync}) {
      x.files->faults = {};
      x.files->faults.*fault = 1000;
      CHECK_FALSE(x.store->maintain().has_value());
      CHECK_FALSE(x.store->log().all()->front()->is_compressed());
      CHECK_FALSE(x.files->has(packed_name));
      CHECK(x.difference().empty());
    }
    x.files->faults = {};
    REQUIRE(x.store->maintain().has_value());
    CHECK(x.store->log().all()->front()->is_compressed());
    // A copy that a crash left is no file of the log.
    x.files->put(packed_name, "half");
    x.open();
    CHECK_FALSE(x.files->has(packed_name));
    CHECK(x.difference().empty());
  }

  TEST_CASE("damaged content is never compressed as if it were well") {
    test::made_log x;
    x.fill(3);
    REQUIRE(x.store->maintain().has_value());
    x.compresses = true;
    x.open();
    const auto name = segment_name(1);
    x.files->flip(name, segment_header::bytes + 300, 1);
    const auto before = x.files->content(name);
    CHECK(x.store->maintain().error().code == ec::store_refused);
    CHECK(x.files->content(name) == before);
    REQUIRE(x.store->maintain().has_value());
    CHECK(x.store->log().all()->at(1)->is_compressed());
    CHECK_FALSE(x.store->log().all()->at(0)->is_compressed());
  }

  TEST_CASE("a group that is larger than a file gets one of its own") {
    test::made_log x;
    x.append(1);
    x.append(3, 20'000);
    x.append(1);
    CHECK(x.difference().empty());
    x.open();
    CHECK(x.store->log().head() == 5);
    CHECK(x.difference().empty());
    REQUIRE(x.store->maintain().has_value());
    x.open();
    CHECK(x.store->log().all()->at(1)->is_sealed());
    CHECK(x.difference().empty());
  }

  TEST_CASE("a log may begin at any position, with a history that is given") {
    auto files = std::make_shared<test::faulty_files>(1);
    const segment_options options{.segment_bytes = 65'536, .history = "kept", .first = 5'000};
    auto log = segment_store::open(files, options, from_micros(1)).value();
    CHECK(log->log().first() == 5'000);
    CHECK(log->log().head() == 4'999);
    CHECK(log->writer().append(some_drafts(1, 2), from_micros(2)).value() == 5'000);
    auto reader = log->reader();
    CHECK(reader.at(4'999).value() == nullptr);
    CHECK(reader.at(5'001).value()->id == "id-2");
    // Both are of a new log only.
    log = segment_store::open(files, {.segment_bytes = 65'536, .history = "x"}, from_micros(3))
            .value();
    CHECK(log->history() == "kept");
    CHECK(log->log().first() == 5'000);
  }

  TEST_CASE("a group that a full disk has no room for does not close the file to smaller ones") {
    test::made_log x;
    x.append(2);
    x.files->faults.full = 1000;
    for (int i = 0; i < 3; ++i) {
      const auto refused = x.store->writer().append(some_drafts(100, 30, 2'000), x.now());
      REQUIRE_FALSE(refused.has_value());
      CHECK(refused.error().code == ec::store_unavailable);
      x.append(1);
    }
    CHECK(x.store->log().all()->size() == 1);
    CHECK(x.difference().empty());
    x.files->faults = {};
    x.append(30, 2'000);
    x.open();
    CHECK(x.store->log().head() == x.texts.size());
    CHECK(x.difference().empty());
  }

  TEST_CASE("a full disk refuses the group, and the next one is tried anew") {
    test::made_log x;
    x.fill(2);
    x.files->faults.full = 1000;
    bool was_refused = false;
    while (!was_refused) {
      const auto done = x.store->writer().append(some_drafts(x.texts.size() + 1, 5), x.now());
      was_refused = !done;
      if (was_refused)
        CHECK(done.error().code == ec::store_unavailable);
      else
        x.texts.resize(x.texts.size() + 5);
    }
    CHECK(x.store->log().head() == x.texts.size());
    x.files->faults = {};
    CHECK(x.store->writer().append(some_drafts(x.texts.size() + 1, 5), x.now()).value()
          == x.texts.size() + 1);
  }
}

} // namespace carillon::segments
