#include "handlers/notification/announcer.hpp"

#include "messages/codec/catalogue/notification.hpp"
#include "messages/codec/described.hpp"
#include "tests/handlers/fake_notifications.hpp"

#include <map>
#include <set>

using namespace carillon;
using namespace std::chrono_literals;

TEST_SUITE("handlers/announcer") {
  namespace {

  /// A log that detects duplicate ids, like the real one.
  struct id_log {
    std::vector<event_ptr> events;
    std::map<std::string, position> ids;
    size_t calls = 0;
    size_t duplicates = 0;
    bool refuses = false;
    /// Calls are kept and answered later.
    bool holds = false;
    std::vector<publish_call_ptr> held;

    void take(const publish_call_ptr& x) {
      ++calls;
      if (refuses) {
        x->complete(failure{ec::overloaded, "refused", {}});
        return;
      }
      if (holds) {
        held.push_back(x);
        return;
      }
      append(x);
    }

    void append(const publish_call_ptr& x) {
      receipts out;
      for (const auto& draft : x->drafts()) {
        auto [i, added] = ids.try_emplace(draft->source + ' ' + draft->id, events.size() + 1);
        if (added)
          events.push_back(draft);
        else
          ++duplicates;
        out.push_back({i->second, !added, {}});
      }
      x->complete(std::move(out));
    }
  };

  router_actor::behavior_type id_router(router_actor::pointer, id_log* log) {
    return {
      [log](const publish_call_ptr& x) { log->take(x); },
      [](atom::attach, const batch_taker_actor&) { return position{0}; },
      [](atom::detach, const batch_taker_actor&) {},
      [](atom::acknowledge, const batch_taker_actor&) {},
      [](atom::indexed, position) {},
      [](atom::head, position) {},
      [](atom::drain) { return atom::done_v; },
      [log](atom::head) { return position{log->events.size()}; },
      [](atom::tick, uint64_t) {},
    };
  }

  struct fixture : test::deterministic {
    test::fake_notifications store;
    id_log log;
    announcer_options options;
    notification_store_actor state
      = state_handles_of(sys.spawn(test::fake_notification_store, &store)).notifications;
    router_actor router = sys.spawn(id_router, &log);
    announcer_actor aut;

    ~fixture() {
      end();
      stop(router);
      stop(state);
    }

    void start() {
      announcer_env env{state, state, router, [this] { return now(); }, options};
      aut = sys.spawn(announcer, std::move(env));
      deliver();
    }

    /// As in a crash: no answer is sent.
    void end() {
      if (aut != nullptr)
        stop(std::exchange(aut, nullptr));
      store.listeners.clear();
    }

    void committed() {
      for (const auto& x : store.listeners)
        self->send(x, atom::committed_v);
      deliver();
    }

    void add(size_t n) {
      for (size_t i = 0; i < n; ++i)
        store.add("u-" + std::to_string(i % 3));
    }

    /// One event per notification, in their order.
    void check_all_announced() {
      REQUIRE(log.events.size() == store.rows.size());
      for (size_t i = 0; i < log.events.size(); ++i) {
        CHECK(log.events[i]->id == "notification/" + std::to_string(store.rows[i].id));
        CHECK(log.events[i]->user_id == store.rows[i].user_id);
      }
      CHECK(store.announced == (store.rows.empty() ? 0 : store.rows.back().id));
    }
  };

  } // namespace

  TEST_CASE_FIXTURE(fixture, "a notification becomes an event that its user alone sees") {
    start();
    auto& row = store.add("u-1");
    row.title = "Order \"o-1\" received";
    committed();
    REQUIRE(log.events.size() == 1);
    const auto& x = *log.events.front();
    CHECK(x.type == "notification.sent");
    CHECK(x.audience == audience::user);
    CHECK(x.source == "/carillon/notifications");
    CHECK(x.id == "notification/1");
    CHECK(x.user_id == "u-1");
    CHECK(x.company_id == "c-1");
    CHECK(x.time == row.created_at);
    CHECK(x.metadata == R"({"kind":"order.created","eventSeq":7})");
    auto what = decode<notification_sent>(x.data);
    REQUIRE(what.has_value());
    CHECK(what->notification_id == "1");
    CHECK(what->channel == "notification");
    CHECK(what->title == "Order \"o-1\" received");
    CHECK(store.announced == 1);
  }

  TEST_CASE_FIXTURE(fixture, "what was there before is announced at the start, in batches") {
    options.batch = 10;
    add(25);
    start();
    check_all_announced();
    CHECK(log.calls == 3);
    // Nothing is left to look for.
    auto looks = store.looks;
    pass_in_steps(4s, 500ms);
    CHECK(store.looks == looks);
  }

  TEST_CASE_FIXTURE(fixture, "a look comes now and then, told or not") {
    start();
    add(2);
    pass_in_steps(6s, 500ms);
    check_all_announced();
  }

  TEST_CASE_FIXTURE(fixture, "what comes while a batch is under way follows it") {
    log.holds = true;
    start();
    add(1);
    committed();
    add(1);
    committed();
    REQUIRE(log.held.size() == 1);
    log.holds = false;
    log.append(log.held.front());
    deliver();
    check_all_announced();
    CHECK(log.calls == 2);
  }

  TEST_CASE_FIXTURE(fixture,
                    "a log that refuses is asked again, ever less often, and nothing is lost") {
    log.refuses = true;
    start();
    add(3);
    committed();
    pass_in_steps(60s, 250ms);
    CHECK(log.calls > 5);
    CHECK(log.calls < 20);
    // Further notices do not shorten its pause.
    auto calls = log.calls;
    for (int i = 0; i < 10; ++i)
      committed();
    CHECK(log.calls <= calls + 1);
    log.refuses = false;
    pass_in_steps(15s, 250ms);
    check_all_announced();
    // And it is quick again.
    add(1);
    committed();
    check_all_announced();
  }

  TEST_CASE_FIXTURE(fixture, "a store that is away comes back, and nothing is lost or doubled") {
    store.broken = true;
    start();
    add(3);
    committed();
    pass_in_steps(10s, 250ms);
    CHECK(log.events.empty());
    store.broken = false;
    pass_in_steps(15s, 250ms);
    check_all_announced();
    CHECK(log.duplicates == 0);
  }

  TEST_CASE_FIXTURE(fixture, "a crash between the event and its note doubles nothing") {
    store.forgets = true;
    start();
    add(4);
    committed();
    CHECK(log.events.size() == 4);
    CHECK(store.announced == 0);
    end();
    store.forgets = false;
    add(2);
    start();
    check_all_announced();
    CHECK(log.duplicates == 4);
  }

  TEST_CASE_FIXTURE(fixture, "a crash before the event loses nothing") {
    log.holds = true;
    start();
    add(2);
    committed();
    end();
    log.held.clear();
    log.holds = false;
    start();
    check_all_announced();
  }

  TEST_CASE_FIXTURE(fixture, "many crashes at any step leave one event per notification") {
    options.batch = 3;
    for (int i = 0; i < 40; ++i) {
      store.forgets = i % 3 == 0;
      log.holds = i % 4 == 1;
      log.refuses = i % 5 == 2;
      start();
      add(static_cast<size_t>(i % 7));
      committed();
      // Some appended events were not acknowledged.
      if (log.holds && i % 2 == 1)
        for (auto& x : std::exchange(log.held, {}))
          log.append(x);
      end();
      log.held.clear();
    }
    store.forgets = log.holds = log.refuses = false;
    start();
    check_all_announced();
    CHECK(log.duplicates > 0);
  }

  TEST_CASE_FIXTURE(fixture, "one that can be no event holds no other") {
    start();
    add(1);
    store.add("bad\nuser");
    add(1);
    store.add("u-1").title = "half a character \xc3";
    add(1);
    committed();
    CHECK(log.events.size() == 3);
    CHECK(store.announced == 5);
    store.add("");
    committed();
    CHECK(log.events.size() == 3);
    CHECK(store.announced == 6);
  }

  TEST_CASE_FIXTURE(fixture, "old notifications are deleted") {
    options.keep = 24h;
    options.trim_interval = 10s;
    auto& old = store.add("u-1");
    old.created_at = now() - 25h;
    store.add("u-1").created_at = now() - 23h;
    start();
    pass_in_steps(9s, 1s);
    CHECK(store.rows.size() == 2);
    pass_in_steps(10s, 1s);
    REQUIRE(store.rows.size() == 1);
    CHECK(store.rows.front().id == 2);
    REQUIRE_FALSE(store.trims.empty());
    CHECK(store.trims.front().limit == 1'000);
  }

  TEST_CASE_FIXTURE(fixture, "a drain waits for the batch under way, and begins no other") {
    start();
    CHECK(ask<atom::done>(aut, atom::drain_v).engaged());
    end();
    log.holds = true;
    start();
    add(1);
    committed();
    auto drained = std::make_shared<bool>(false);
    auto asking = self->request(aut, 60s, atom::drain_v);
    deliver();
    CHECK(log.held.size() == 1);
    log.holds = false;
    log.append(log.held.front());
    deliver();
    asking.receive([&](atom::done) { *drained = true; }, [](const caf::error&) {});
    CHECK(*drained);
    add(1);
    committed();
    pass_in_steps(20s, 1s);
    CHECK(log.events.size() == 1);
  }
}
