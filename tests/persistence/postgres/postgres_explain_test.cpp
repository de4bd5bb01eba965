// Every statement as PostgreSQL plans it, and the rows that it reads in a log of millions of
// events.

#include "persistence/postgres/connection.hpp"
#include "persistence/state/sql/query_text.hpp"
#include "tests/persistence/postgres/many_events.hpp"
#include "tests/persistence/postgres/plan_log.hpp"
#include "tests/persistence/postgres/postgres_test_store.hpp"

#include <algorithm>
#include <functional>
#include <random>
#include <set>

namespace carillon::test {

TEST_SUITE("persistence/postgres_explain") {
  namespace {

  using namespace std::chrono_literals;

  /// Tables with one row, or as many as operators made.
  const std::set<std::string> small_tables{
    "consumers", "remote_consumers", "api_keys", "event_types", "job_pauses", "node_lease",
    "event_type_totals", "evidence_tree", "measure_definitions", "inbound_sources",
    // One row for an hour, and one for a key.
    "evidence_heads", "evidence_keys"};

  /// Allowed full index scans.
  const std::set<std::string> small_indexes{// Has only the replays that run.
                                            "replays_running",
                                            // Has those that wait, run, or were given up.
                                            "jobs_next", "jobs_held",
                                            // Counts them, once per start.
                                            "webhook_deliveries_event"};

  std::string text_of(const plan& x) {
    auto out = x.statement;
    for (const auto& scan : x.scans)
      out += "\n  " + scan.node + " of " + scan.table + " by " + scan.index + " " + scan.condition
             + (scan.filtered ? ", filtered, " : ", ")
             + std::to_string(static_cast<uint64_t>(scan.rows)) + " rows";
    return out;
  }

  /// It finds a place in an index, or takes what comes first in it.
  bool uses_index(const plan_scan& x, const first_columns& indexes) {
    if (small_tables.contains(x.table) || small_indexes.contains(x.index))
      return true;
    if (x.node != "Index Scan" && x.node != "Index Only Scan")
      return false;
    if (x.condition.empty())
      return x.limited && !x.filtered;
    return x.condition.find(indexes.at(x.index)) != std::string::npos;
  }

  uint64_t number_of_events() {
    const char* given = std::getenv("CARILLON_EXPLAIN_EVENTS");
    return given == nullptr ? 5'000'000 : std::strtoull(given, nullptr, 10);
  }

  /// `NULL,NULL` for a statement with `$2`.
  std::string nulls_for(const std::string& statement) {
    unsigned count = 0;
    for (size_t at = 0; (at = statement.find('$', at)) != std::string::npos; ++at)
      count = std::max(count, static_cast<unsigned>(std::atoi(statement.c_str() + at + 1)));
    std::string out;
    for (unsigned i = 0; i < count; ++i)
      out += i == 0 ? "(NULL" : ",NULL";
    return count == 0 ? out : out + ')';
  }

  /// The plan of a statement for any values.
  plan generic_plan(postgres::connection& db, std::string_view text) {
    std::string statement{text};
    db.begin("PREPARE asked AS " + statement);
    auto json = db.run("EXPLAIN (FORMAT JSON) EXECUTE asked" + nulls_for(statement));
    db.run("DEALLOCATE asked");
    auto out = parse_plan(json[0][0].c_str());
    out.statement = statement;
    return out;
  }

  void check_plans(postgres::connection& db) {
    const auto indexes = indexes_of(db.url());
    const auto all = sql::query_text::registered();
    REQUIRE_FALSE(all.empty());
    for (const auto* query : all) {
      CAPTURE(query->name);
      auto x = generic_plan(db, query->text_for_postgres);
      for (const auto& scan : x.scans)
        CHECK_MESSAGE(uses_index(scan, indexes), text_of(x));
    }
  }

  struct world {
    own_postgres server;
    temporary_directory directory;
    storage_options options;
    many_events events{number_of_events()};

    world() {
      options.url = server.url();
      options.directory = directory.path();
      must(storage::open(options));
      server.administer("ALTER SYSTEM SET max_wal_size = '16GB'");
      server.administer("ALTER SYSTEM SET autovacuum = off");
      server.administer("SELECT pg_reload_conf()");
      events.fill(server);
    }

    /// Every kind of filter, with many events, with few, and with none.
    std::vector<event_filter> filters() const {
      auto types = [](const char* x) {
        event_filter out;
        out.types = {must(type_pattern::parse(x))};
        return out;
      };
      auto company = [](event_filter out, const char* x) {
        out.company_id = x;
        return out;
      };
      auto user = [](event_filter out, const char* x) {
        out.user_id = x;
        return out;
      };
      std::vector<event_filter> out{event_filter{}};
      for (const auto* x : {"order.created", "payment.*", "rare.type", "rare.*", "none.*"}) {
        out.push_back(types(x));
        out.push_back(company(types(x), "c-7"));
        out.push_back(user(types(x), "u-7"));
      }
      for (const auto* x : {"c-7", "c-rare", "c-none"}) {
        out.push_back(company({}, x));
        out.push_back(user(company({}, x), "u-7"));
      }
      for (const auto* x : {"u-7", "u-rare", "u-none"})
        out.push_back(user({}, x));
      out.emplace_back().correlation_id = "k-" + std::to_string(events.count / 10);
      // The same within ten minutes of them, and after the last of them.
      const auto all = out.size();
      for (size_t i = 0; i < all; ++i)
        for (auto from : {events.time_of(events.count / 3), events.time_of(events.count * 2)}) {
          out.push_back(out[i]);
          out.back().from = from;
          out.back().to = from + 10min;
        }
      return out;
    }
  };

  /// The server's work for `ask`: always an index, and no more rows than the budget of a query.
  void check_work(plan_log& plans, double most_rows, const std::function<void()>& ask) {
    const auto& indexes = plans.indexes();
    ask();
    auto all = plans.take();
    CHECK_FALSE(all.empty());
    for (const auto& x : all) {
      double rows = 0;
      for (const auto& scan : x.scans) {
        CHECK_MESSAGE(uses_index(scan, indexes), text_of(x));
        rows += scan.rows;
      }
      CHECK_MESSAGE(rows <= most_rows, text_of(x));
      CHECK_MESSAGE(x.rows_sorted <= most_rows, text_of(x));
    }
  }

  void check_pages(const world& x, event_log& log, plan_log& plans) {
    // Besides the budget, the zones of the whole log may be read.
    const auto most = static_cast<double>(x.options.query_budget) + 2'000;
    for (const auto& filter : x.filters()) {
      CAPTURE(to_json(filter));
      for (auto order : {sort_order::ascending, sort_order::descending})
        for (auto beyond : {std::optional<position>{}, std::optional<position>{x.events.count / 2}})
          check_work(plans, most, [&] {
            must(log.query({.filter = filter, .order = order, .limit = 100, .beyond = beyond}));
          });
      for (position after : {position{0}, x.events.count / 2, x.events.count - 100})
        check_work(plans, most, [&] { must(log.read({.after = after, .filter = filter})); });
    }
  }

  void check_lookups(const world& x, event_log& log, plan_log& plans) {
    const auto middle = x.events.count / 2;
    const auto id = "e-" + std::to_string(middle);
    auto one = [&](const find_request& request, position expected) {
      check_work(plans, 1, [&] {
        auto found = log.find(request);
        CHECK((found ? (*found)->seq : 0) == expected);
      });
    };
    one({middle, {}, {}}, middle);
    one({0, id, {}}, middle);
    one({0, id, "shop"}, middle);
    one({0, "e-none", {}}, 0);
    check_work(plans, 1, [&] { CHECK(must(log.head()) >= x.events.count); });
  }

  /// Counting reads only counted rows, by an index.
  void check_sums(const world& x, event_log& log, plan_log& plans) {
    const auto all = static_cast<double>(x.events.count);
    for (const auto& filter : x.filters()) {
      CAPTURE(to_json(filter));
      check_work(plans, all, [&] {
        auto count = must(log.count({filter, x.events.count}, 120s));
        CHECK((filter.is_everything() ? count == x.events.count : count < x.events.count / 2));
      });
    }
    // Counters: an hour has one for each type, or a company's type.
    const auto hours = all / 3'600 + 2;
    // Events outside of complete blocks are read themselves; a company's events have an index.
    constexpr double tail = 4'096;
    for (auto bucket : {stats_bucket::none, stats_bucket::hour, stats_bucket::day}) {
      if (bucket == stats_bucket::none)
        check_work(plans, 100 + tail, [&] { must(log.stats({{}, {}, {}, bucket})); });
      // A series of all time is all of the hours.
      must(log.stats({{}, {}, {}, bucket}));
      plans.take();
      check_work(plans, 7 * hours, [&] { must(log.stats({"c-7", {}, {}, bucket})); });
      auto from = x.events.time_of(x.events.count / 2);
      check_work(plans, 200, [&] { must(log.stats({"c-7", from, from + 24h, bucket})); });
      check_work(plans, 200 + tail, [&] { must(log.stats({{}, from, from + 24h, bucket})); });
    }
    // The first counters, however many there are, and where they end.
    for (const auto by_day : {false, true}) {
      constexpr size_t limit = 10;
      // A day has as many as its hours, types and companies.
      const auto most = 2.0 * 24 * limit + 24 * 1'000 + tail;
      check_work(plans, most,
                 [&] { must(log.counters({.from = epoch, .by_day = by_day, .limit = limit})); });
      check_work(plans, most, [&] {
        must(log.counters({.company_id = "c-7", .by_day = by_day, .limit = limit}));
      });
    }
  }

  void check_append(event_log& log, plan_log& plans, const std::string& prefix) {
    auto drafts = make_drafts(prefix, 64);
    // A block of positions may be complete, and its zone is made.
    constexpr double most = 4'096 + 200;
    check_work(plans, most, [&] { must(log.append(drafts, epoch)); });
    check_work(plans, most, [&] {
      auto again = must(log.append(make_drafts(prefix, 65), epoch));
      CHECK(again.items.front().duplicate);
      CHECK_FALSE(again.items.back().duplicate);
    });
  }

  /// The latencies of random pages, in milliseconds, least first.
  std::vector<double> measure(const world& x, event_log& log) {
    std::mt19937_64 random{42};
    auto below = [&](uint64_t end) { return random() % end; };
    std::vector<double> out;
    for (int i = 0; i < 3'000; ++i) {
      query_request request;
      auto kind = below(6);
      if (kind == 0 || kind == 3)
        request.filter.company_id = "c-" + std::to_string(below(100));
      if (kind == 1 || kind == 3)
        request.filter.types
          = {must(type_pattern::parse(below(2) == 0 ? "order.shipped" : "payment.*"))};
      if (kind == 2)
        request.filter.user_id = "u-" + std::to_string(below(10'000));
      if (kind == 4) {
        request.filter.from = x.events.time_of(below(x.events.count));
        request.filter.to = *request.filter.from + 10min;
      }
      if (below(2) == 0)
        request.beyond = 1 + below(x.events.count);
      request.order = below(2) == 0 ? sort_order::ascending : sort_order::descending;
      auto begin = std::chrono::steady_clock::now();
      must(log.query(request));
      out.push_back(
        std::chrono::duration<double, std::milli>{std::chrono::steady_clock::now() - begin}
          .count());
    }
    std::sort(out.begin(), out.end());
    return out;
  }

  } // namespace

  TEST_CASE("every statement of the state uses an index") {
    postgres_test_store store;
    store.open().reset();
    postgres::connection db{store.url(), {}};
    db.begin("SET plan_cache_mode = force_generic_plan");
    check_plans(db);
    // The check would find a scan.
    auto scan = generic_plan(db, "SELECT seq FROM event_log WHERE source = $1");
    REQUIRE(scan.scans.size() == 1);
    CHECK_FALSE(uses_index(scan.scans.front(), indexes_of(db.url())));
  }

  TEST_CASE("with five million events, every question is answered by an index") {
    world x;
    for (const auto* statistics : {"", "VACUUM ANALYZE"}) {
      CAPTURE(statistics);
      if (*statistics != 0)
        x.server.administer(statistics);
      plan_log plans{x.server};
      auto store = must(storage::open(x.options));
      auto reader = must(store->open_log_reader());
      auto writer = must(store->open_log_writer());
      plans.take();
      check_pages(x, *reader, plans);
      check_lookups(x, *reader, plans);
      check_sums(x, *reader, plans);
      check_append(*writer, plans, statistics);
    }
    auto store = must(storage::open(x.options));
    auto ms = measure(x, *must(store->open_log_reader()));
    MESSAGE("history of ", x.events.count, " events: p50 ", ms[ms.size() / 2], " ms, p99 ",
            ms[ms.size() * 99 / 100], " ms, most ", ms.back(), " ms");
    // Timing is for a machine that does nothing else.
    if (std::getenv("CARILLON_STRICT_TIMING") != nullptr)
      CHECK(ms[ms.size() * 99 / 100] < 20);
  }
}

} // namespace carillon::test
