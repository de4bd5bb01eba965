#include "persistence/segments/check.hpp"
#include "persistence/segments/repair.hpp"
#include "persistence/segments/salvage.hpp"
#include "tests/persistence/segments/made_log.hpp"
#include "tests/support/random_run.hpp"

#include <algorithm>

// What damage does to a log, and what is said about it.

namespace carillon::segments {

TEST_SUITE("persistence/segment_damage") {
  namespace {

  using test::made_log;

  /// Four segments, of which the first two are sealed.
  struct damaged_log : made_log {
    explicit damaged_log(bool is_clean = true, uint32_t seed = 1, bool packed = false)
      : made_log(seed) {
      compresses = packed;
      if (packed)
        open();
      fill(3);
      // Two files, one a round.
      for (int i = 0; i < 2; ++i)
        REQUIRE(store->maintain().has_value());
      fill(4);
      append(3);
      append(2);
      if (is_clean)
        REQUIRE(store->writer().finish(now()).has_value());
      store.reset();
    }

    std::vector<std::string> segments() const {
      std::vector<std::string> names;
      files->list(names);
      std::erase_if(names, [](const auto& x) { return !segment_first(x); });
      return names;
    }
  };

  check_report checked(made_log& x) {
    auto out = check(*x.files, {});
    REQUIRE(out.has_value());
    return std::move(*out);
  }

  /// Byte at which the last frame of the newest segment begins.
  uint64_t last_frame_at(made_log& x) {
    x.open();
    const auto newest = x.store->log().all()->back();
    damage ignored;
    segment plain{newest->header(), newest->name(), newest->shared_content()};
    const auto at = scan(plain, 0, ignored).value().last_frame_at;
    x.store.reset();
    return at;
  }

  } // namespace

  TEST_CASE("a log that is well is found well, sealed or not") {
    damaged_log x;
    auto report = checked(x);
    CHECK(report.damages.empty());
    CHECK(report.first == 1);
    CHECK(report.head == x.texts.size());
    CHECK(report.events == x.texts.size());
    CHECK(report.segments == 4);
    x.open();
    REQUIRE(x.store->maintain().has_value());
    CHECK(x.store->log().all()->at(2)->is_sealed());
    CHECK(x.store->recovery().cut_bytes == 0);
    CHECK(x.difference().empty());
    x.store.reset();
    CHECK(checked(x).damages.empty());
    CHECK(repair(x.files, x.now()).value().kept_in.empty());
    CHECK(check(*std::make_shared<test::faulty_files>(1), {}).error().code == ec::not_found);
  }

  TEST_CASE("damage before valid frames is refused with file and position") {
    damaged_log x;
    const auto newest = x.segments().back();
    x.files->flip(newest, segment_header::bytes + 40, 1);
    const auto refused = x.try_open();
    REQUIRE_FALSE(refused.has_value());
    CHECK(refused.error().code == ec::store_corrupt);
    CHECK(refused.error().detail.find(newest) != std::string::npos);
    CHECK(refused.error().detail.find("position " + std::to_string(*segment_first(newest)))
          != std::string::npos);
    CHECK(checked(x).damages.size() == 1);
  }

  TEST_CASE("damage of the last frame is found after a clean end, or by who knows the position") {
    damaged_log clean;
    clean.files->flip(clean.segments().back(), last_frame_at(clean) + 50, 4);
    CHECK(clean.try_open().error().code == ec::store_corrupt);

    damaged_log crashed{false};
    const auto at = last_frame_at(crashed);
    crashed.files->flip(crashed.segments().back(), at + 50, 4);
    const auto head = crashed.texts.size();
    CHECK(crashed.try_open(head).error().code == ec::store_corrupt);
    // Who does not know it is told of an unfinished frame.
    CHECK(checked(crashed).unfinished_bytes > 0);
  }

  TEST_CASE("an unfinished end is cut and said, and not said again") {
    damaged_log x{false};
    const auto newest = x.segments().back();
    const auto at = last_frame_at(x);
    x.files->flip(newest, at + 50, 4);
    x.texts.resize(x.texts.size() - 2);
    x.open();
    const auto& report = x.store->recovery();
    CHECK(report.cut_file == newest);
    CHECK(report.cut_at == at);
    CHECK(report.cut_bytes > 0);
    CHECK(report.head == x.texts.size());
    CHECK(x.difference().empty());
    x.append(1, 1);
    x.open();
    CHECK(x.store->recovery().cut_bytes == 0);
    CHECK(x.store->log().head() == x.texts.size());
    CHECK(x.difference().empty());
  }

  TEST_CASE("who only reads changes nothing, not even an unfinished end") {
    damaged_log x{false};
    const auto newest = x.segments().back();
    x.files->flip(newest, last_frame_at(x) + 50, 4);
    const auto before = x.files->content(newest);
    const auto opened = segment_store::open(
      x.files, {.how = segment_options::access::read, .segment_bytes = 16'384}, x.now());
    REQUIRE(opened.has_value());
    CHECK((*opened)->recovery().cut_bytes > 0);
    CHECK(x.files->content(newest) == before);
    CHECK((*opened)->maintain().has_value());
    CHECK(x.files->content(newest) == before);
    auto nothing = std::make_shared<test::faulty_files>(1);
    CHECK(segment_store::open(nothing, {.how = segment_options::access::read}, x.now()).error().code
          == ec::not_found);
  }

  TEST_CASE("a segment that is missing, cut, or of another log is refused") {
    for (size_t which = 0; which < 3; ++which) {
      CAPTURE(which);
      damaged_log missing;
      const auto name = missing.segments()[which];
      missing.files->remove(name);
      if (which > 0) { // the first may have been removed by its age
        CHECK(missing.try_open().error().code == ec::store_corrupt);
        CHECK(checked(missing).damages.size() == 1);
      }

      damaged_log cut;
      cut.files->put(name, cut.files->content(name).substr(0, 9'000));
      CHECK(cut.try_open().error().code == ec::store_corrupt);
    }
    // The same events at the same positions, but another log's.
    damaged_log here;
    damaged_log other{true, 2};
    const auto second = here.segments()[1];
    REQUIRE(other.segments() == here.segments());
    here.files->put(second, other.files->content(second));
    CHECK(here.try_open().error().code == ec::store_corrupt);
    CHECK(checked(here).damages.size() == 1);
  }

  TEST_CASE("no flip of a byte makes a reader say something else, and a check finds it") {
    const auto seed = test::seed_of_run();
    CAPTURE(seed);
    std::mt19937 random{seed};
    size_t found = 0;
    for (int i = 0; i < 300; ++i) {
      damaged_log x{true, 1, i % 2 == 0};
      const auto names = x.segments();
      const auto name = names[random() % names.size()];
      const auto size = x.files->content(name).size();
      const auto offset = random() % size;
      CAPTURE(name);
      CAPTURE(offset);
      const bool was_zero = x.files->content(name)[offset] == '\0';
      x.files->flip(name, offset, static_cast<unsigned char>(1U << (random() % 8)));
      const auto report = checked(x);
      found += report.damages.empty() ? 0 : 1;
      // What no frame and no seal covers is zero: room behind the frames.
      REQUIRE((!report.damages.empty() || report.unfinished_bytes > 0 || was_zero));
      const bool is_open = x.try_open(x.texts.size()).has_value();
      if (is_open)
        REQUIRE(x.difference() == "");
      if (!report.damages.empty()) {
        x.store.reset();
        REQUIRE(repair(x.files, x.now()).has_value());
        x.open();
        REQUIRE(x.difference() == "");
      }
    }
    CHECK(found > 100);
  }

  TEST_CASE("a compressed file is found well, and damage of it named") {
    damaged_log x{true, 1, true};
    x.open();
    REQUIRE(x.store->log().all()->front()->is_compressed());
    x.store.reset();
    CHECK(checked(x).damages.empty());
    CHECK(checked(x).events == x.texts.size());
    const auto name = x.segments()[0];
    x.files->flip(name, segment_header::bytes + 40, 1);
    const auto report = checked(x);
    REQUIRE(report.damages.size() == 1);
    CHECK(report.damages[0].file == name);
    CHECK(report.damages[0].from == 1);
    CHECK(report.damages[0].offset == segment_header::bytes);
  }

  TEST_CASE("a bit that Zstandard reads for nothing is found, and a repair loses nothing by it") {
    damaged_log x{true, 1, true};
    const auto name = x.segments().front();
    // RFC 8878, 3.1.1.1.1: bit 4 of the descriptor that follows the magic number has no meaning.
    x.files->flip(name, segment_header::bytes + 4, 1U << 4);
    const auto damaged = x.files->content(name);
    const auto report = checked(x);
    REQUIRE(report.damages.size() == 1);
    CHECK(report.damages[0].file == name);
    CHECK(report.damages[0].from == 1);
    REQUIRE(x.try_open(x.texts.size()).has_value());
    CHECK(x.difference() == "");
    x.store.reset();

    const auto repaired = repair(x.files, x.now());
    REQUIRE(repaired.has_value());
    CHECK(repaired->lost_from == 0);
    CHECK(repaired->history.empty());
    CHECK(repaired->kept_in == std::vector{name + ".cut"});
    CHECK(x.files->content(name + ".cut") == damaged);
    CHECK(checked(x).damages.empty());
    CHECK(checked(x).events == x.texts.size());
    x.open();
    CHECK(x.difference() == "");
  }

  TEST_CASE("what a repair took away is read frame by frame, with gaps where it is damaged") {
    for (const bool packed : {false, true})
      for (const bool header : {false, true}) {
        CAPTURE(packed);
        CAPTURE(header);
        damaged_log x{true, 1, packed};
        const auto names = x.segments();
        const auto& name = names[0];
        x.files->flip(name, header ? 1'000 : segment_header::bytes + 200, 4);
        x.files->flip(name, x.files->content(name).size() - 20, 1); // The seal, too.
        REQUIRE(repair(x.files, x.now()).has_value());
        const auto kept = kept_files(*x.files).value();
        REQUIRE(kept.size() == 4);
        position last = 0;
        uint64_t missing = 0;
        for (size_t i = 0; i < kept.size(); ++i) {
          const position stop = i + 1 < kept.size() ? kept[i + 1].first : 0;
          const auto done
            = read_kept(*x.files, kept[i], stop, [&](const frame_view& f) -> expected<void> {
                missing += f.first - last - 1;
                last = f.first + f.count - 1;
                const auto events = events_of(f);
                CHECK(events.size() == f.count);
                for (const auto& e : events)
                  CHECK(test::text_of(*e) == x.texts[e->seq - 1]);
                return {};
              });
          REQUIRE(done.has_value());
        }
        CHECK(last == x.texts.size());
        CHECK(last_of(kept) == last);
        CHECK((missing == 0) == header);
        // The damaged frame, or the block of the file.
        CHECK(missing < (packed ? *segment_first(names[1]) : 6));
      }
  }

  TEST_CASE(
    "files of other names are not taken for kept ones, and all of a name are, the oldest first") {
    test::made_log x;
    x.append(2);
    const auto whole = x.files->content(segment_name(1));
    x.files->put(segment_name(1) + ".cut", whole.substr(0, 5'000));
    x.files->put(segment_name(1) + ".cut10", std::string{});
    x.files->put(segment_name(1) + ".cut2", whole);
    for (const char* other : {"1.seg.cut", "00000000000000000002.seg.cutx", "x.cut", ".cut"})
      x.files->put(other, whole);
    const auto kept = kept_files(*x.files).value();
    REQUIRE(kept.size() == 3);
    CHECK(kept[0].name == segment_name(1) + ".cut");
    CHECK(kept[0].last == 2);
    CHECK(kept[1].name == segment_name(1) + ".cut2");
    CHECK(kept[2].name == segment_name(1) + ".cut10");
    CHECK(last_of(kept) == 2);
    CHECK(last_of({}) == 0);
  }

  TEST_CASE("a repair ends the log before the damage, keeps what it cuts, and begins a history") {
    damaged_log x;
    const auto names = x.segments();
    const auto damaged = names[1];
    const auto first = *segment_first(damaged);
    x.files->flip(damaged, segment_header::bytes + 3'000, 1);
    const auto before = x.files->content(damaged);
    const auto third = x.files->content(names[2]);
    const auto done = repair(x.files, x.now());
    REQUIRE(done.has_value());
    CHECK(done->damages.size() == 1);
    CHECK(done->lost_from > first);
    CHECK(done->lost_from < *segment_first(names[2]));
    CHECK(done->lost_to == x.texts.size());
    CHECK(done->history.size() == 16);
    CHECK(x.files->content(damaged + ".cut") == before);
    CHECK(x.files->content(names[2] + ".cut") == third);
    CHECK(x.files->has(names[3] + ".cut"));
    x.open();
    CHECK(x.store->history() == done->history);
    CHECK(x.store->log().head() == done->lost_from - 1);
    CHECK(x.difference().empty());
    x.texts.resize(done->lost_from - 1);
    x.append(2);
    REQUIRE(x.store->maintain().has_value());
    CHECK(x.difference().empty());
    x.store.reset();
    CHECK(checked(x).damages.empty());
  }

  TEST_CASE("a repair of a seal loses no event and keeps the history") {
    damaged_log x;
    const auto name = x.segments()[0];
    x.files->flip(name, x.files->content(name).size() - 20, 1);
    CHECK(x.try_open().error().code == ec::store_corrupt);
    const auto done = repair(x.files, x.now());
    REQUIRE(done.has_value());
    CHECK(done->lost_from == 0);
    CHECK(done->history.empty());
    CHECK(done->kept_in == std::vector<std::string>{name + ".cut"});
    x.open();
    CHECK(x.store->history() == "h0");
    CHECK(x.store->log().head() == x.texts.size());
    CHECK(x.difference().empty());
    REQUIRE(x.store->maintain().has_value());
    x.store.reset();
    CHECK(checked(x).damages.empty());
  }

  TEST_CASE("a repair that the power interrupts is done by the next") {
    for (uint32_t seed = 0; seed < 60; ++seed) {
      CAPTURE(seed);
      damaged_log x;
      const auto names = x.segments();
      x.files->flip(names[seed % 4], segment_header::bytes + 200, 1);
      x.files->faults = {.failed_write = 40, .failed_sync = 60, .failed_directory = 60, .full = 20};
      for (int attempt = 0;; ++attempt) {
        const auto done = repair(x.files, x.now());
        if (done)
          break;
        REQUIRE(done.error().code == ec::store_unavailable);
        x.files->cut_power();
        if (attempt > 5)
          x.files->faults = {};
      }
      x.files->faults = {};
      x.open();
      CHECK(x.store->history() != "h0");
      CHECK(x.store->log().head() < *segment_first(names[seed % 4]) + 5);
      CHECK(x.difference().empty());
    }
  }
}

} // namespace carillon::segments
