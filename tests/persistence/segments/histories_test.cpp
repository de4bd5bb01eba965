#include "persistence/segments/segment_store.hpp"
#include "tests/persistence/segments/faulty_files.hpp"
#include "tests/persistence/segments/made_events.hpp"
#include "tests/support/random_run.hpp"

#include <doctest/doctest.h>

#include <algorithm>

// Histories of a log on a disk with faults, against a model: what was acknowledged is there, once,
// at its position, whatever happened; what was not is there as a whole or not at all.

namespace carillon::segments {

TEST_SUITE("persistence/segment_histories") {
  namespace {

  /// One log with its model.
  class history_run {
  public:
    explicit history_run(uint32_t seed)
      : random_(seed), files_(std::make_shared<test::faulty_files>(seed ^ 0x5eedU)) {
      max_group_ = pick(4) == 0 ? 200 : 8;
      data_bytes_ = pick(3) == 0 ? 600 : 30;
      const auto severity = static_cast<unsigned>(pick(4)) * 15;
      rates_ = {.short_write = severity * 3,
                .short_read = severity * 3,
                .failed_write = severity,
                .failed_sync = severity * 2,
                .failed_directory = severity,
                .full = severity};
      reopen();
      files_->faults = rates_;
    }

    void run() {
      const auto steps = 20 + pick(40);
      for (size_t i = 0; i < steps; ++i)
        step();
      rates_ = {};
      reopen();
      compare_all();
      CHECK(append(1)); // it works on
      store_.reset();
      reopen();
      compare_all();
    }

    uint64_t faults() const {
      return files_->fault_count;
    }

  private:
    size_t pick(size_t below) {
      return random_() % below;
    }

    void step() {
      switch (pick(16)) {
      case 0:
        files_->faults = {};
        store_.reset();
        files_->cut_power();
        reopen();
        compare_all();
        break;
      case 1:
        store_.reset(); // kill -9: the cache survives
        reopen();
        break;
      case 2:
        static_cast<void>(store_->writer().finish(now()));
        store_.reset();
        reopen();
        compare_all();
        break;
      case 3:
      case 4:
        static_cast<void>(store_->maintain());
        break;
      case 5:
        change_history();
        break;
      case 6:
        compare_all();
        break;
      case 7:
        compare_some();
        break;
      default:
        static_cast<void>(append(1 + pick(pick(3) == 0 ? max_group_ : 2)));
      }
    }

    timestamp now() {
      return from_micros(1'700'000'000'000'000 + ++clock_);
    }

    bool append(size_t count) {
      std::vector<draft_ptr> drafts;
      std::vector<std::string> texts;
      const auto at = now();
      for (size_t i = 0; i < count; ++i) {
        drafts.push_back(test::made_event(++made_, pick(data_bytes_)));
        auto copy = *drafts.back();
        copy.recorded_at = at;
        texts.push_back(test::text_of(copy));
      }
      const auto first = store_->writer().append(drafts, at);
      if (!first) {
        CHECK(first.error().code == ec::store_unavailable);
        open_groups_.push_back(std::move(texts));
        return false;
      }
      CHECK(*first == acknowledged_.size() + 1);
      acknowledged_.insert(acknowledged_.end(), texts.begin(), texts.end());
      open_groups_.clear();
      histories_ = {store_->writer().history()};
      return true;
    }

    void change_history() {
      auto id = "h" + std::to_string(++made_);
      histories_.push_back(id);
      if (store_->writer().change_history(id, now()))
        histories_ = {id};
    }

    /// Opens; under faults it may take several attempts, and the power may fail in between.
    void reopen() {
      for (int attempt = 0;; ++attempt) {
        files_->faults = attempt < 3 && pick(2) == 0 ? rates_ : test::disk_faults{};
        auto opened = segment_store::open(
          files_, {.segment_bytes = 16'384, .history = "h0", .compresses = pick(2) == 0}, now());
        if (!opened) {
          INFO(opened.error().detail);
          REQUIRE(opened.error().code == ec::store_unavailable);
          if (pick(2) == 0)
            files_->cut_power();
          continue;
        }
        store_ = std::move(*opened);
        break;
      }
      files_->faults = rates_;
      accept_head();
    }

    /// A group that was not acknowledged may be there, as one; from now on it stays.
    void accept_head() {
      const auto head = store_->log().head();
      CHECK(store_->writer().head() == head);
      CHECK(std::count(histories_.begin(), histories_.end(), store_->history()) == 1);
      histories_ = {store_->history()};
      REQUIRE(head >= acknowledged_.size());
      if (head > acknowledged_.size()) {
        std::vector<std::string> extra;
        auto reader = store_->reader();
        for (position p = acknowledged_.size() + 1; p <= head; ++p)
          extra.push_back(read(reader, p));
        REQUIRE(std::count(open_groups_.begin(), open_groups_.end(), extra) == 1);
        acknowledged_.insert(acknowledged_.end(), extra.begin(), extra.end());
      }
      open_groups_.clear();
    }

    static std::string read(segment_reader& reader, position p) {
      const auto x = reader.at(p);
      REQUIRE(x.has_value());
      REQUIRE(*x != nullptr);
      REQUIRE((*x)->seq == p);
      return test::text_of(**x);
    }

    void compare_all() {
      auto reader = store_->reader();
      REQUIRE(store_->log().head() == acknowledged_.size());
      const bool is_descending = pick(2) == 0;
      for (size_t i = 0; i < acknowledged_.size(); ++i) {
        const auto at = is_descending ? acknowledged_.size() - 1 - i : i;
        REQUIRE(read(reader, at + 1) == acknowledged_[at]);
      }
      REQUIRE(reader.at(acknowledged_.size() + 1).value() == nullptr);
      REQUIRE(reader.at(0).value() == nullptr);
    }

    void compare_some() {
      auto reader = store_->reader();
      for (int i = 0; i < 5 && !acknowledged_.empty(); ++i) {
        const auto at = pick(acknowledged_.size());
        REQUIRE(read(reader, at + 1) == acknowledged_[at]);
      }
    }

    std::mt19937 random_;
    std::shared_ptr<test::faulty_files> files_;
    test::disk_faults rates_;
    std::unique_ptr<segment_store> store_;
    std::vector<std::string> acknowledged_;
    /// Groups since the last that was acknowledged.
    std::vector<std::vector<std::string>> open_groups_;
    /// The history, or those that it may be.
    std::vector<std::string> histories_{"h0"};
    uint64_t made_ = 0;
    int64_t clock_ = 0;
    size_t max_group_ = 8;
    size_t data_bytes_ = 30;
  };

  } // namespace

  TEST_CASE("whatever the disk does, what was acknowledged is there, once, at its position") {
    // CARILLON_LOG_HISTORIES=10000 for a long run.
    const auto count = test::environment_number("CARILLON_LOG_HISTORIES", 200);
    const auto seed = test::seed_of_run();
    uint64_t faults = 0;
    for (uint32_t i = 0; i < count; ++i) {
      CAPTURE(seed);
      CAPTURE(i);
      history_run x{seed + i};
      x.run();
      faults += x.faults();
    }
    MESSAGE("seed " << seed << ", " << count << " histories, " << faults << " faults");
    CHECK(faults > count); // the disk was as bad as it should be
  }
}

} // namespace carillon::segments
