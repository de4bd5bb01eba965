#include "persistence/sqlite/index/posting_cursor.hpp"

#include "persistence/sqlite/index/index_file.hpp"
#include "persistence/sqlite/index/posting_batch.hpp"
#include "persistence/sqlite/index/zone_cursor.hpp"
#include "tests/persistence/test_store.hpp"
#include "tests/support/process.hpp"

#include <algorithm>
#include <random>
#include <set>

// Cursors over lists that spread over many segments, without the millions of events between.

namespace carillon::sqlite {

TEST_SUITE("persistence/posting_cursor") {
  namespace {

  struct index_fixture {
    test::temporary_directory directory;
    connection_options options{.file = directory.path() + "/index.db", .access = access::write};
    std::unique_ptr<connection> db;
    std::unique_ptr<statement_cache<index_query>> sql;
    std::unique_ptr<statement_pool> pool;

    index_fixture() {
      test::must(recreate_index(options, test::epoch));
      db = std::make_unique<connection>(options);
      sql = std::make_unique<statement_cache<index_query>>(db->handle());
      pool = std::make_unique<statement_pool>(*sql);
    }
  };

  /// First of the entries at or beyond `from`.
  std::optional<position> plain(const std::set<position>& entries, position from, bool descending) {
    if (descending) {
      auto at = entries.upper_bound(from);
      return at == entries.begin() ? std::nullopt : std::optional{*--at};
    }
    const auto at = entries.lower_bound(from);
    return at == entries.end() ? std::nullopt : std::optional{*at};
  }

  std::vector<position> increasing_goals(std::mt19937& random, position last, bool descending) {
    std::vector<position> goals;
    goals.reserve(200);
    std::uniform_int_distribution<position> any{1, last};
    for (int i = 0; i < 200; ++i)
      goals.push_back(any(random));
    std::sort(goals.begin(), goals.end());
    if (descending)
      std::reverse(goals.begin(), goals.end());
    return goals;
  }

  } // namespace

  TEST_CASE("lists over many segments are walked like a set, in both directions") {
    const auto seed = std::random_device{}();
    INFO("seed " << seed);
    std::mt19937 random{seed};
    index_fixture f;
    constexpr position last = 40ULL << segment_shift;
    std::uniform_int_distribution<position> any{1, last};
    std::map<std::string, std::set<position>> lists;
    {
      transaction t{*f.db, transaction::kind::write};
      for (int i = 0; i < 3'000; ++i) {
        const std::string key = i % 100 == 0 ? "rare" : i % 3 == 0 ? "some" : "many";
        // Some clustered, some alone in their segment.
        const auto seq = i % 2 == 0 ? any(random) : (5ULL << segment_shift) + any(random) % 5'000;
        if (!lists[key].insert(seq).second)
          continue;
        std::pmr::monotonic_buffer_resource texts;
        posting_batch one{texts};
        one.add(key, seq);
        one.insert_into(f.sql->get(index_query::insert_types), seq >> segment_shift);
      }
      t.commit();
    }
    lists["none"] = {};
    for (const bool descending : {false, true})
      for (const auto& list : lists) {
        const auto& key = list.first;
        const auto& entries = list.second;
        CAPTURE(key);
        CAPTURE(descending);
        const auto order = descending ? sort_order::descending : sort_order::ascending;
        posting_cursor cursor{*f.pool, posting::type, key, order, last};
        union_cursor both{order};
        both.add(posting_cursor{*f.pool, posting::type, key, order, last});
        both.add(posting_cursor{*f.pool, posting::type, "rare", order, last});
        auto merged = entries;
        merged.insert(lists["rare"].begin(), lists["rare"].end());
        for (const auto goal : increasing_goals(random, last, descending)) {
          CAPTURE(goal);
          REQUIRE(cursor.seek(goal) == plain(entries, goal, descending));
          REQUIRE(both.seek(goal) == plain(merged, goal, descending));
        }
      }
  }

  TEST_CASE("zones skip exactly the blocks without a time in the range") {
    const auto seed = std::random_device{}();
    INFO("seed " << seed);
    std::mt19937 random{seed};
    index_fixture f;
    constexpr position blocks = 2'000;
    constexpr position last = (blocks << fine_shift) - 1;
    std::vector<std::pair<int64_t, int64_t>> times;
    {
      transaction t{*f.db, transaction::kind::write};
      for (position block = 0; block < blocks; ++block) {
        const auto begin = static_cast<int64_t>(random() % 1'000'000);
        times.emplace_back(begin, begin + static_cast<int64_t>(random() % 3'000));
        f.sql->run(index_query::add_zone, fine_shift, block, times.back().first,
                   times.back().second);
        f.sql->run(index_query::add_zone, coarse_shift, block >> (coarse_shift - fine_shift),
                   times.back().first, times.back().second);
      }
      t.commit();
    }
    for (int round = 0; round < 40; ++round) {
      const bool descending = round % 2 == 0;
      event_filter filter;
      const auto from = static_cast<int64_t>(random() % 1'000'000);
      filter.from = from_micros(from);
      const auto to = from + 2'000;
      filter.to = from_micros(to);
      const auto order = descending ? sort_order::descending : sort_order::ascending;
      zone_cursor cursor{*f.sql, filter, order, last};
      for (const auto goal : increasing_goals(random, last, descending)) {
        std::optional<position> wanted;
        auto block = goal >> fine_shift;
        while (block < blocks) {
          if (times[block].second >= from && times[block].first < to) {
            wanted = block == goal >> fine_shift ? goal
                     : descending                ? ((block + 1) << fine_shift) - 1
                                                 : block << fine_shift;
            break;
          }
          block = descending ? block - 1 : block + 1;
        }
        if (wanted == position{0})
          wanted = 1;
        REQUIRE(cursor.seek(goal) == wanted);
        if (wanted) {
          const auto& t = times[*wanted >> fine_shift];
          CHECK(cursor.settled() == (t.first >= from && t.second < to));
        }
      }
    }
  }
}

} // namespace carillon::sqlite
