#include "actors/measures/measure_keeper.hpp"

#include "tests/actors/fake_log.hpp"
#include "tests/support/deterministic.hpp"
#include "tests/support/events.hpp"
#include "tests/support/fake_store.hpp"

#include <caf/event_based_actor.hpp>

#include <algorithm>
#include <functional>
#include <map>
#include <string>
#include <vector>

namespace carillon::test {

TEST_SUITE("actors/measure_keeper") {
  namespace {

  using namespace std::chrono_literals;

  /// Definitions in memory, by the rules of the store.
  struct measures_in_memory {
    measure_list all;
    /// By definition: the events that were measured.
    std::map<uint64_t, uint64_t> counted;
    size_t lists = 0;
    size_t commits = 0;
    size_t trims = 0;
    bool broken = false;
    /// Changes are made, but definitions cannot be read.
    bool unreadable = false;
    /// The change is made, and its answer is lost.
    bool unanswered = false;
    size_t retired = 0;
    /// Called before each commit.
    std::function<void()> before_commit = [] {};
  };

  template <class T>
  caf::result<T> away() {
    return to_error({ec::store_unavailable, "away", {}});
  }

  caf::result<atom::done> commit(measures_in_memory& data, const commit_backfill& x) {
    data.before_commit();
    if (data.broken)
      return away<atom::done>();
    for (auto& y : data.all.records)
      if (y.id == x.definition && y.backfill && y.backfill->done_to == x.from
          && x.to <= y.backfill_end(data.all.cursor)) {
        ++data.commits;
        y.backfill->done_to = x.to;
        for (const auto& delta : x.deltas)
          data.counted[y.id] += delta.cell.count;
        return atom::done_v;
      }
    return to_error({ec::conflict, "elsewhere", {}});
  }

  caf::behavior measure_state(caf::event_based_actor*, measures_in_memory* data) {
    return fake_store(
      [=](const list_measures&) -> caf::result<measure_list_ptr> {
        ++data->lists;
        if (data->broken || data->unreadable)
          return away<measure_list_ptr>();
        return measure_list_ptr{std::make_shared<const measure_list>(data->all)};
      },
      [=](const put_measure& x) -> caf::result<measure_record> {
        if (data->broken)
          return away<measure_record>();
        measure_record made;
        made.id = data->all.records.size() + 1;
        made.definition = x.definition;
        data->all.records.push_back(made);
        if (data->unanswered)
          return away<measure_record>();
        return made;
      },
      [=](const delete_measure&) -> caf::result<atom::done> {
        data->all.records.clear();
        data->retired = 2;
        return atom::done_v;
      },
      [=](const begin_backfill& x) -> caf::result<measure_record> {
        for (auto& y : data->all.records)
          if (y.definition.name == x.name) {
            y.backfill = measure_backfill{x.since, 0};
            return y;
          }
        return to_error({ec::not_found, "no such definition", {}});
      },
      [=](const commit_backfill& x) { return commit(*data, x); },
      [=](const trim_measures&) -> caf::result<bool> {
        ++data->trims;
        if (data->retired == 0)
          return false;
        --data->retired;
        return true;
      });
  }

  struct fixture : deterministic {
    measures_in_memory data;
    fake_log log;
    std::shared_ptr<measure_book> book = std::make_shared<measure_book>();
    caf::actor state = sys.spawn(measure_state, &data);
    log_reader_actor reader = sys.spawn(fake_reader, &log);
    measure_keeper_actor aut;

    ~fixture() {
      if (aut != nullptr)
        stop(aut);
      stop(reader);
      stop(state);
    }

    void start(std::vector<type_pattern> types = {type_pattern{}}) {
      measure_keeper_env env;
      env.store = state_handles_of(state).measures;
      env.reader = reader;
      env.book = book;
      env.types = std::move(types);
      env.options.page_events = 3;
      book->set(std::make_shared<const measure_list>(data.all));
      aut = sys.spawn(measure_keeper, std::move(env));
      deliver();
    }

    void add_events(size_t n) {
      for (size_t i = 0; i < n; ++i)
        log.events.push_back(make_event(log.events.size() + 1));
    }

    void define(std::string name) {
      measure_definition x;
      x.name = std::move(name);
      x.types = {*type_pattern::parse("order.*")};
      x.member = "/n";
      x.measures.sum = true;
      REQUIRE(ask<measure_record>(aut, put_measure{x, {}}));
    }

    void backfill(std::string name) {
      REQUIRE(ask<measure_record>(aut, begin_backfill{{}, std::move(name), {}, {}}));
    }
  };

  } // namespace

  TEST_CASE_FIXTURE(fixture, "the handler knows of a change before it is answered") {
    start();
    define("sales");
    REQUIRE(book->get()->records.size() == 1);
    CHECK(book->get()->records[0].definition.name == "sales");
    CHECK(ask<atom::done>(aut, delete_measure{{}, "sales", {}}));
    CHECK(book->get()->records.empty());
    data.broken = true;
    measure_definition x;
    CHECK(ask<measure_record>(aut, put_measure{x, {}}).error() == ec::store_unavailable);
  }

  TEST_CASE_FIXTURE(fixture, "a change that could not be read, or had no answer, is found later") {
    start();
    data.unreadable = true;
    define("sales");
    CHECK(book->get()->records.empty());
    pass(1s);
    data.unreadable = false;
    pass(1s);
    CHECK(book->get()->records.size() == 1);
    data.all.records[0].live_after = 3;
    pass_in_steps(60s, 1s);
    data.unanswered = true;
    measure_definition x;
    x.name = "margin";
    CHECK_FALSE(ask<measure_record>(aut, put_measure{x, {}}));
    pass(1s);
    CHECK(book->get()->records.size() == 2);
    data.all.records[1].live_after = 3;
    pass_in_steps(60s, 1s);
    const auto lists = data.lists;
    pass_in_steps(60s, 1s);
    CHECK(data.lists == lists);
  }

  TEST_CASE_FIXTURE(fixture, "a backfill measures each event once, up to the live ones") {
    add_events(20);
    data.all.cursor = 10;
    start();
    define("sales");
    backfill("sales");
    deliver();
    // Nothing is settled yet: as far as the cursor.
    CHECK(data.counted[1] == 10);
    data.all.cursor = 20;
    data.all.records[0].live_after = 14;
    pass(1s);
    CHECK(data.counted[1] == 14);
    CHECK(data.all.records[0].backfill->done_to == 14);
    const auto commits = data.commits;
    pass_in_steps(60s, 1s);
    CHECK(data.commits == commits);
    CHECK(data.counted[1] == 14);
  }

  TEST_CASE_FIXTURE(fixture, "several backfills go on in turns") {
    add_events(30);
    data.all.cursor = 30;
    start();
    define("a");
    define("b");
    std::vector<position> seen;
    data.before_commit = [&] {
      for (const auto& x : data.all.records)
        if (x.backfill)
          seen.push_back(x.backfill->done_to);
    };
    for (auto& x : data.all.records)
      x.backfill = measure_backfill{};
    backfill("a");
    deliver();
    CHECK(data.counted[1] == 30);
    CHECK(data.counted[2] == 30);
    // Neither is ever more than a page ahead of the other.
    for (size_t i = 0; i + 1 < seen.size(); i += 2)
      CHECK(std::max(seen[i], seen[i + 1]) - std::min(seen[i], seen[i + 1]) <= 3);
  }

  TEST_CASE_FIXTURE(fixture, "a store that is away, and a keeper that was killed, cost nothing") {
    add_events(20);
    data.all.cursor = 20;
    start();
    define("sales");
    backfill("sales");
    CHECK(data.counted[1] == 20);
    data.all.records[0].backfill = measure_backfill{};
    data.counted.clear();
    data.before_commit = [&] { data.broken = data.commits % 5 == 2; };
    stop(std::exchange(aut, nullptr));
    start();
    for (int i = 0; i < 20; ++i) {
      data.broken = false;
      ++data.commits;
      pass(1s);
    }
    CHECK(data.counted[1] == 20);
    CHECK(data.all.records[0].backfill->done_to == 20);
  }

  TEST_CASE_FIXTURE(fixture, "events that the handler does not get are left out") {
    add_events(6);
    log.events.push_back(make_event(7, "c-1", "order.shipped"));
    data.all.cursor = 7;
    start({*type_pattern::parse("order.shipped")});
    define("sales");
    backfill("sales");
    CHECK(data.counted[1] == 1);
  }

  TEST_CASE_FIXTURE(fixture, "what is gone is trimmed until there is no more") {
    start();
    define("sales");
    const auto before = data.trims;
    REQUIRE(ask<atom::done>(aut, delete_measure{{}, "sales", {}}));
    CHECK(data.trims == before + 3);
    pass_in_steps(60s, 1s);
    CHECK(data.trims == before + 3);
  }

  TEST_CASE_FIXTURE(fixture, "a keeper that drains begins nothing more") {
    start();
    CHECK(ask<atom::done>(aut, atom::drain_v));
    CHECK(ask<measure_record>(aut, put_measure{}).error() == ec::shutting_down);
  }
}

} // namespace carillon::test
