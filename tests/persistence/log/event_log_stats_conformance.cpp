#include "tests/persistence/log/written_log.hpp"

#include <map>
#include <string>

// The contract of every event_log about counts and statistics.

namespace carillon::test {

TEST_SUITE("persistence/event_log") {
  TEST_CASE("counting stops at its position and at its deadline") {
    written_log w;
    for (int i = 0; i < 3; ++i)
      w.append(make_drafts("a" + std::to_string(i) + ".", 10'000));
    const auto reader = w.reader();
    const auto second = std::chrono::seconds{5};
    CHECK(must(reader->count({.filter = of_company("acme"), .up_to = 100}, second)) == 100);
    CHECK(must(reader->count({.filter = {}, .up_to = 99'999}, second)) == 30'000);
    CHECK(must(reader->count({.filter = of_company("none"), .up_to = 30'000}, second)) == 0);
    event_filter unindexed = of_company("acme");
    CHECK(
      code_of(reader->count({.filter = unindexed, .up_to = 30'000}, std::chrono::milliseconds{0}))
      == ec::timeout);
  }

  TEST_CASE("counts are per bucket, company and whole hours") {
    using namespace std::chrono_literals;
    written_log w;
    const auto at = [](std::string id, timestamp time, std::string type, std::string company) {
      auto x = make_draft(std::move(id), std::move(type), std::move(company));
      x->time = time;
      return x;
    };
    // 08:00, 08:59:59, 09:00 and the day after.
    w.append({at("a", epoch, "order.created", "acme"),
              at("b", epoch + 59min + 59s, "order.created", "beta"),
              at("c", epoch + 1h, "user.login", "acme"),
              at("d", epoch + 24h, "order.created", "acme")});
    for (const bool indexed : {false, true}) {
      if (indexed)
        index_all(*w.open);
      const auto reader = w.reader();
      const auto all = must(reader->stats({}));
      REQUIRE(all.rows.size() == 1);
      CHECK(all.rows[0].begin == timestamp{});
      CHECK(all.rows[0].counts
            == std::map<std::string, uint64_t>{{"order.created", 3}, {"user.login", 1}});
      const auto hours = must(reader->stats({.company_id = "acme", .bucket = stats_bucket::hour}));
      REQUIRE(hours.rows.size() == 3);
      CHECK(hours.rows[0].begin == epoch);
      CHECK(hours.rows[1].begin == epoch + 1h);
      CHECK(hours.rows[1].counts == std::map<std::string, uint64_t>{{"user.login", 1}});
      const auto days = must(reader->stats({.bucket = stats_bucket::day}));
      REQUIRE(days.rows.size() == 2);
      CHECK(days.rows[0].begin == epoch - 8h);
      CHECK(days.rows[0].counts.at("order.created") == 2);
      // 08:30 counts from 08:00, and 08:30 counts to 09:00.
      const auto range = must(reader->stats({.from = epoch + 30min, .to = epoch + 30min}));
      REQUIRE(range.rows.size() == 1);
      CHECK(range.rows[0].counts == std::map<std::string, uint64_t>{{"order.created", 2}});
      CHECK(must(reader->stats({.from = epoch + 48h})).rows.empty());
      CHECK(must(reader->stats({.company_id = "none"})).rows.empty());
    }
  }

  TEST_CASE("counters are of a type, company and hour or day, in pages") {
    using namespace std::chrono_literals;
    written_log w;
    const auto add
      = [&w](std::string id, timestamp time, std::string type, std::string company, size_t count) {
          std::vector<draft_ptr> all;
          for (size_t i = 0; i < count; ++i) {
            auto x = make_draft(id + std::to_string(i), type, company);
            x->time = time;
            all.push_back(std::move(x));
          }
          w.append(all);
        };
    add("a", epoch + 24h, "b.b", "acme", 4);
    add("b", epoch, "a.a", "acme", 2);
    add("c", epoch + 59min, "a.a", "beta", 1);
    add("d", epoch + 1h, "a.a", "acme", 3);
    add("e", epoch, "a.a", "acme", 5);
    add("f", epoch + 2h, "a.a", "", 6);
    for (const bool indexed : {false, true}) {
      CAPTURE(indexed);
      if (indexed)
        index_all(*w.open);
      const auto reader = w.reader();
      const auto ask = [&](const counters_request& x) { return must(reader->counters(x)); };
      const auto all = ask({});
      REQUIRE(all.size() == 5);
      CHECK(all[0].begin == epoch);
      CHECK(all[0].company_id == "acme");
      CHECK(all[0].count == 7);
      CHECK(all[1].company_id == "beta");
      CHECK(all[3].company_id == "");
      CHECK(all[3].count == 6);
      CHECK(all[4].type == "b.b");
      CHECK(ask({.company_id = "beta"}).size() == 1);
      CHECK(ask({.company_id = ""}).at(0).count == 6);
      CHECK(ask({.company_id = "none"}).empty());
      CHECK(ask({.type = "a.a"}).size() == 4);
      CHECK(ask({.company_id = "acme", .type = "a.a"}).size() == 2);
      CHECK(ask({.from = epoch + 90min}).size() == 3);
      CHECK(ask({.to = epoch + 1min}).size() == 2);
      const auto page = ask({.limit = 2});
      REQUIRE(page.size() == 2);
      CHECK(page[1].company_id == "beta");
      const auto days = ask({.by_day = true});
      REQUIRE(days.size() == 4);
      CHECK(days[0].begin == epoch - 8h);
      CHECK(days[0].company_id == "");
      CHECK(days[1].count == 10);
      CHECK(days[3].begin == epoch + 16h);
      const auto day = ask({.company_id = "acme", .by_day = true, .limit = 1});
      REQUIRE(day.size() == 1);
      CHECK(day[0].count == 10);
    }
  }

  TEST_CASE("statistics are exact at any length of the log") {
    using namespace std::chrono_literals;
    // A store may count in blocks: these calls end on both sides of several.
    written_log w;
    std::map<std::string, uint64_t> all;
    std::map<std::string, uint64_t> of_acme;
    std::map<timestamp, uint64_t> by_hour;
    unsigned n = 0;
    for (size_t size : {size_t{4'094}, size_t{1}, size_t{1}, size_t{9'000}, size_t{7}}) {
      auto drafts = make_drafts("e" + std::to_string(n) + "-", size);
      for (auto& x : drafts) {
        ++n;
        x->type = n % 3 == 0 ? "order.shipped" : "order.created";
        x->company_id = n % 5 == 0 ? "acme" : "other";
        // Some from before 1970.
        x->time = n % 7 == 0 ? timestamp{} - 90min : epoch + std::chrono::seconds{n};
        ++all[x->type];
        ++by_hour[std::chrono::floor<std::chrono::hours>(x->time)];
        if (x->company_id == "acme")
          ++of_acme[x->type];
      }
      w.append(drafts);
      const auto reader = w.reader();
      CHECK(must(reader->stats({})).rows.at(0).counts == all);
      const auto acme = must(reader->stats({.company_id = "acme"}));
      CHECK(acme.rows.at(0).counts == of_acme);
      const auto hours = must(reader->stats({.bucket = stats_bucket::hour}));
      REQUIRE(hours.rows.size() == by_hour.size());
      for (const auto& row : hours.rows) {
        uint64_t sum = 0;
        for (const auto& [type, count] : row.counts)
          sum += count;
        CHECK(sum == by_hour[row.begin]);
      }
      const auto old = must(reader->stats({.to = epoch - 1h}));
      uint64_t before = 0;
      for (const auto& [type, count] : old.rows.at(0).counts)
        before += count;
      CHECK(before == by_hour[timestamp{} - 2h]);
    }
  }
}

} // namespace carillon::test
