#include "tests/persistence/segments/made_log.hpp"
#include "tests/support/random_run.hpp"

#include <algorithm>
#include <random>

// Events that lie far from each other: that they are the right ones, and what is read for them.

namespace carillon::segments {

TEST_SUITE("persistence/scattered_events") {
  namespace {

  /// Less than the frame of any group of `grouped`.
  constexpr uint64_t page_bytes = 4'096;

  std::vector<position> scattered(std::mt19937& random, position head, size_t count) {
    std::vector<position> out;
    for (size_t i = 0; i < count; ++i)
      out.push_back(1 + random() % head);
    return out;
  }

  /// What is read of files for these positions.
  uint64_t bytes_for(test::made_log& x, segment_reader& reader, const std::vector<position>& all) {
    const auto before = x.files->read_bytes;
    for (const auto p : all) {
      const auto found = reader.at(p);
      REQUIRE(found.has_value());
      REQUIRE(*found != nullptr);
      REQUIRE(test::text_of(**found) == x.texts[p - 1]);
    }
    return x.files->read_bytes - before;
  }

  /// A log whose groups are of this many events: 1 makes blocks of many frames.
  void append_groups(test::made_log& x, size_t groups, size_t count) {
    for (size_t i = 0; i < groups; ++i)
      x.append(count);
  }

  } // namespace

  TEST_CASE("a reader that was at a block reads little of it again") {
    for (const size_t group : {1, 500}) {
      CAPTURE(group);
      test::made_log x;
      x.file_bytes = 256UL * 1024;
      x.open();
      append_groups(x, 5'000 / group, group);
      std::mt19937 random{3};
      const auto page = scattered(random, x.texts.size(), 100);
      auto reader = x.store->reader();
      const auto first = bytes_for(x, reader, scattered(random, x.texts.size(), 2'000));
      const auto again = bytes_for(x, reader, page);
      CAPTURE(first);
      // A piece of 4 KiB, and the record or frame that reaches its end.
      CHECK(again <= page.size() * (page_bytes + 1'024));
    }
  }

  TEST_CASE("events of two blocks by turns cost each block once") {
    test::made_log x;
    for (const bool is_compressed : {false, true}) {
      CAPTURE(is_compressed);
      x.compresses = is_compressed;
      if (!is_compressed)
        append_groups(x, 4, 200);
      else
        x.open();
      for (int i = 0; i < 10; ++i)
        REQUIRE(x.store->maintain().has_value());
      REQUIRE(x.store->log().all()->front()->is_compressed() == is_compressed);
      auto reader = x.store->reader();
      const auto once = bytes_for(x, reader, {10, 250});
      CHECK(bytes_for(x, reader, {50, 350, 120, 390, 70, 210}) == 0);
      CHECK(once > 0);
    }
  }

  TEST_CASE("a walk in either direction reads each block once") {
    test::made_log x;
    append_groups(x, 20, 100);
    std::vector<position> up(x.texts.size());
    for (size_t i = 0; i < up.size(); ++i)
      up[i] = i + 1;
    const auto content = x.store->log().bytes();
    auto reader = x.store->reader();
    CHECK(bytes_for(x, reader, up) <= content);
    std::reverse(up.begin(), up.end());
    CHECK(bytes_for(x, reader, up) <= content);
    // One that comes to a block that was jumped into finds it.
    CHECK(bytes_for(x, reader, {1'500, 700, 1'300}) <= content);
    std::vector<position> from{1'301};
    while (from.back() < 1'450)
      from.push_back(from.back() + 1);
    CHECK(bytes_for(x, reader, from) < 3 * content / 40);
  }

  TEST_CASE("a file that another takes the place of is not read from memory") {
    test::made_log x;
    append_groups(x, 4, 200);
    REQUIRE(x.store->maintain().has_value());
    auto reader = x.store->reader();
    REQUIRE(bytes_for(x, reader, {10, 250, 450}) > 0);
    CHECK(bytes_for(x, reader, {20, 260}) == 0);
    // The files as a refresh of another process sees them: opened anew.
    auto opened = segment_store::open(x.files, {.how = segment_options::access::read}, x.now());
    REQUIRE(opened.has_value());
    auto list = std::make_shared<segment_list>();
    list->assign(*x.store->log().all());
    segment_reader other{list};
    REQUIRE(bytes_for(x, other, {10, 250}) > 0);
    list->assign(*(*opened)->log().all());
    x.files->flip(list->all()->front()->name(), segment_header::bytes + 5'000, 1);
    other.look_again();
    CHECK(other.at(250).has_value());
    const auto damaged = other.at(20);
    REQUIRE_FALSE(damaged.has_value());
    CHECK(damaged.error().code == ec::store_refused);
  }

  TEST_CASE("damage of a piece that was read before is found when it is read again") {
    test::made_log x;
    append_groups(x, 30, 500);
    auto reader = x.store->reader();
    REQUIRE(bytes_for(x, reader, {250}) > page_bytes);
    // Other blocks push this one out of what is kept.
    for (position p = 750; p < x.texts.size(); p += 500)
      REQUIRE(reader.at(p).has_value());
    REQUIRE(bytes_for(x, reader, {260}) <= page_bytes + 1'024);
    const auto& first = *x.store->log().all()->front();
    const auto middle = segment_header::bytes + first.block_of(250)->bytes / 2;
    for (const auto at : {middle - 6'000, middle + 6'000})
      x.files->flip(first.name(), at, 4);
    for (position p = 750; p < x.texts.size(); p += 500)
      REQUIRE(reader.at(p).has_value());
    size_t refused = 0;
    for (position p = 2; p < 500; p += 7) {
      const auto found = reader.at(p);
      if (found)
        REQUIRE(test::text_of(**found) == x.texts[p - 1]);
      else
        ++refused;
      CHECK((found || found.error().code == ec::store_refused));
    }
    CHECK(refused > 0);
  }

  TEST_CASE("whatever is appended, sealed and compressed meanwhile, a reader finds the events") {
    const auto seed = test::seed_of_run();
    MESSAGE("seed " << seed);
    for (uint32_t run = 0; run < 20; ++run) {
      CAPTURE(seed);
      CAPTURE(run);
      std::mt19937 random{seed + run};
      test::made_log x{seed + run};
      x.compresses = run % 2 == 1;
      x.open();
      x.append(1);
      x.files->faults.short_read = run % 4 == 3 ? 300 : 0;
      auto reader = x.store->reader();
      for (int step = 0; step < 120; ++step) {
        const auto pick = random() % 10;
        if (pick < 4)
          x.append(1 + random() % (random() % 8 == 0 ? 150 : 4), random() % 400);
        else if (pick == 4)
          REQUIRE(x.store->maintain().has_value());
        else if (pick == 5)
          reader.look_again();
        auto at = 1 + random() % x.texts.size();
        // Jumps, and short walks in both directions.
        const size_t length = random() % 3 == 0 ? 30 : 1;
        const bool is_up = random() % 2 == 0;
        for (size_t i = 0; i < length && at >= 1 && at <= x.texts.size(); ++i) {
          const auto found = reader.at(at);
          REQUIRE(found.has_value());
          REQUIRE(*found != nullptr);
          REQUIRE((*found)->seq == at);
          REQUIRE(test::text_of(**found) == x.texts[at - 1]);
          at = is_up ? at + 1 : at - 1;
        }
        REQUIRE(reader.at(x.texts.size() + 1).value() == nullptr);
        REQUIRE(reader.at(0).value() == nullptr);
      }
    }
  }
}

} // namespace carillon::segments
