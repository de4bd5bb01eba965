#include "actors/schedules/scheduler.hpp"

#include "messages/schedules/occurrences.hpp"
#include "messages/schedules/timed_event.hpp"
#include "messages/state/interfaces.hpp"
#include "tests/support/deterministic.hpp"
#include "tests/support/fake_store.hpp"

#include <caf/event_based_actor.hpp>

#include <algorithm>
#include <map>
#include <set>
#include <string>
#include <tuple>
#include <vector>

namespace carillon::test {

TEST_SUITE("actors/scheduler") {
  namespace {

  using namespace std::chrono_literals;

  /// Store and log, in memory and by their rules. They outlive every scheduler.
  struct world_of_schedules {
    std::map<uint64_t, schedule_record> schedules;
    std::map<uint64_t, delayed_event> delayed;
    /// Company, source and id, to the position: unique for ever.
    std::map<std::tuple<std::string, std::string, std::string>, position> log;
    std::vector<draft_ptr> events;
    size_t looks = 0;
    bool store_is_away = false;
    bool log_is_away = false;
    timestamp clock = *from_rfc3339("2026-12-01T12:00:00Z");
  };

  template <class T>
  caf::result<T> away() {
    return to_error({ec::store_unavailable, "away", {}});
  }

  caf::result<due_work_ptr> due_in(world_of_schedules& data, const find_due& x) {
    ++data.looks;
    if (data.store_is_away)
      return away<due_work_ptr>();
    auto out = std::make_shared<due_work>();
    auto later = [&](timestamp t) { out->next = out->next ? std::min(*out->next, t) : t; };
    for (const auto& [id, y] : data.schedules)
      if (y.next_at && *y.next_at <= x.now && out->schedules.size() < x.limit)
        out->schedules.push_back(y);
      else if (y.next_at && *y.next_at > x.now)
        later(*y.next_at);
    for (const auto& [id, y] : data.delayed)
      if (y.state != delay_state::failed && y.publish_at <= x.now && out->delayed.size() < x.limit)
        out->delayed.push_back(y);
      else if (y.state != delay_state::failed && y.publish_at > x.now)
        later(y.publish_at);
    return due_work_ptr{std::move(out)};
  }

  caf::result<atom::done> move_in(world_of_schedules& data, const move_schedules& x) {
    if (data.store_is_away)
      return away<atom::done>();
    for (const auto& move : x.moves) {
      const auto at = data.schedules.find(move.id);
      if (at == data.schedules.end() || at->second.version != move.version
          || at->second.next_at != move.from)
        continue;
      auto& y = at->second;
      y.next_at = move.to;
      y.fired += move.fired;
      y.skipped += move.skipped;
      y.failed += move.failed;
      if (move.last_at)
        y.last_at = move.last_at;
      if (!move.error.empty())
        y.last_error = move.error;
    }
    return atom::done_v;
  }

  caf::result<schedule_record> put_in(world_of_schedules& data, const put_schedule& x) {
    if (data.store_is_away)
      return away<schedule_record>();
    schedule_record out;
    out.id = data.schedules.size() + 1;
    out.definition = x.definition;
    out.next_at = occurrences::of(x.definition.timing)->next(data.clock);
    data.schedules[out.id] = out;
    return out;
  }

  caf::result<atom::done> cancel_in(world_of_schedules& data, uint64_t id) {
    const auto at = data.delayed.find(id);
    if (at == data.delayed.end())
      return to_error({ec::not_found, "gone", {}});
    if (at->second.state == delay_state::taken)
      return to_error({ec::conflict, "taken", {}});
    data.delayed.erase(at);
    return atom::done_v;
  }

  caf::behavior schedule_state(caf::event_based_actor*, world_of_schedules* data) {
    return fake_store([=](const find_due& x) { return due_in(*data, x); },
                      [=](const move_schedules& x) { return move_in(*data, x); },
                      [=](const put_schedule& x) { return put_in(*data, x); },
                      [=](const delete_schedule&) -> caf::result<atom::done> {
                        data->schedules.clear();
                        return atom::done_v;
                      },
                      [=](const put_delayed& x) -> caf::result<delayed_event> {
                        auto out = x.event;
                        out.id = data->delayed.size() + 1;
                        data->delayed[out.id] = out;
                        return out;
                      },
                      [=](const cancel_delayed& x) { return cancel_in(*data, x.id); },
                      [=](const take_delayed& x) -> caf::result<taken_delays> {
                        if (data->store_is_away)
                          return away<taken_delays>();
                        taken_delays out;
                        for (const auto id : x.ids)
                          if (const auto at = data->delayed.find(id); at != data->delayed.end()) {
                            at->second.state = delay_state::taken;
                            out.ids.push_back(id);
                          }
                        return out;
                      },
                      [=](const settle_delayed& x) -> caf::result<atom::done> {
                        if (data->store_is_away)
                          return away<atom::done>();
                        for (const auto& y : x.all)
                          if (y.error.empty()) {
                            data->delayed.erase(y.id);
                          } else {
                            data->delayed[y.id].state = delay_state::failed;
                            data->delayed[y.id].error = y.error;
                          }
                        return atom::done_v;
                      });
  }

  /// Appends as the log does: a second event of an id is a duplicate, or a conflict.
  caf::behavior schedule_router(caf::event_based_actor*, world_of_schedules* data) {
    return {[=](const publish_call_ptr& call) {
      if (data->log_is_away) {
        call->complete(failure{ec::overloaded, "full", {}});
        return;
      }
      receipts out;
      for (auto& draft : call->drafts()) {
        const auto [at, made] = data->log.try_emplace({draft->company_id, draft->source, draft->id},
                                                      data->events.size() + 1);
        receipt one;
        one.seq = at->second;
        one.duplicate = !made;
        if (!made && data->events[one.seq - 1]->type != draft->type)
          one.conflicting_type = data->events[one.seq - 1]->type;
        if (made)
          data->events.push_back(draft);
        out.push_back(one);
      }
      call->complete(std::move(out));
    }};
  }

  struct schedule_fixture : deterministic {
    world_of_schedules data;
    caf::actor state = sys.spawn(schedule_state, &data);
    caf::actor log = sys.spawn(schedule_router, &data);
    scheduler_actor aut;
    std::chrono::nanoseconds steady{0};

    ~schedule_fixture() {
      end();
      stop(log);
      stop(state);
    }

    void end() {
      if (aut != nullptr)
        stop(aut);
      aut = nullptr;
    }

    void start(scheduler_options options = {}) {
      scheduler_env env;
      env.state_writer = env.state_reader = state_handles_of(state).schedules;
      env.router = caf::actor_cast<router_actor>(log);
      env.now = [this] { return data.clock; };
      env.elapsed = [this] { return steady; };
      env.options = options;
      aut = sys.spawn(scheduler, std::move(env));
    }

    /// All clocks go on.
    void go(std::chrono::seconds time) {
      for (auto t = 0s; t < time; t += 1s) {
        data.clock += 1s;
        steady += 1s;
        pass(1s);
      }
    }

    uint64_t add(std::string name, std::chrono::seconds every, missed_rule missed,
                 std::string company = {}) {
      schedule_record x;
      x.id = data.schedules.size() + 1;
      x.definition.name = std::move(name);
      x.definition.company_id = std::move(company);
      x.definition.timing.every = every;
      x.definition.missed = missed;
      x.definition.event = R"({"type":"report.due","audience":"none","data":{},"metadata":{}})";
      x.next_at = occurrences::of(x.definition.timing)->next(data.clock);
      data.schedules[x.id] = x;
      return x.id;
    }

    uint64_t delay(std::chrono::seconds after, std::string id, std::string type = "order.due") {
      event draft;
      draft.id = std::move(id);
      draft.type = std::move(type);
      draft.source = "/shop";
      draft.time = data.clock;
      auto made = delay_of(draft, data.clock + after, data.clock);
      made->id = data.delayed.size() + 1;
      data.delayed[made->id] = *made;
      return made->id;
    }

    std::vector<std::string> ids() const {
      std::vector<std::string> out;
      for (const auto& x : data.events)
        out.push_back(x->id);
      return out;
    }
  };

  } // namespace

  TEST_CASE("each occurrence is published at its time, as an event of the schedule") {
    schedule_fixture f;
    const auto id = f.add("report", 60s, missed_rule::skip, "A");
    f.start();
    f.deliver();
    CHECK(f.data.events.empty());
    f.go(59s);
    CHECK(f.data.events.empty());
    f.go(62s);
    REQUIRE(f.ids() == std::vector<std::string>{"2026-12-01T12:01:00Z", "2026-12-01T12:02:00Z"});
    const auto& x = *f.data.events.front();
    CHECK(x.source == "/schedules/report");
    CHECK(x.company_id == "A");
    CHECK(x.time == *from_rfc3339("2026-12-01T12:01:00Z"));
    CHECK(f.data.schedules[id].fired == 2);
    CHECK(f.data.schedules[id].last_at == *from_rfc3339("2026-12-01T12:02:00Z"));
    CHECK(f.data.schedules[id].next_at == *from_rfc3339("2026-12-01T12:03:00Z"));
  }

  TEST_CASE("a delayed event is published once, with the time of its publication") {
    schedule_fixture f;
    f.delay(10s, "e-1");
    f.delay(90s, "e-2");
    f.start();
    f.go(12s);
    REQUIRE(f.ids() == std::vector<std::string>{"e-1"});
    CHECK(f.data.events[0]->time == *from_rfc3339("2026-12-01T12:00:10Z"));
    CHECK(f.data.delayed.size() == 1);
    f.go(90s);
    CHECK(f.ids().size() == 2);
    CHECK(f.data.delayed.empty());
  }

  TEST_CASE("killed after any step, everything is published once") {
    // Far more steps than the rounds have messages.
    for (size_t step = 0; step < 80; ++step) {
      CAPTURE(step);
      schedule_fixture f;
      f.add("a", 5s, missed_rule::all);
      f.add("b", 7s, missed_rule::all, "B");
      f.delay(3s, "e-1");
      f.start();
      f.deliver();
      size_t done = 0;
      bool killed = false;
      for (int second = 0; second < 40; ++second) {
        f.data.clock += 1s;
        f.steady += 1s;
        f.sched.advance_time(1s);
        while (!killed && done < step && f.sched.try_run_once())
          ++done;
        if (!killed && done == step) {
          f.self->send_exit(f.aut, caf::exit_reason::kill);
          killed = true;
          f.deliver();
          f.start();
        }
        f.deliver();
      }
      REQUIRE(killed);
      f.go(2s);
      std::set<std::string> once;
      for (const auto& x : f.data.events)
        CHECK(once.insert(x->source + ' ' + x->id).second);
      size_t of_a = 0;
      size_t of_b = 0;
      for (const auto& x : f.data.events) {
        of_a += x->source == "/schedules/a" ? 1 : 0;
        of_b += x->source == "/schedules/b" ? 1 : 0;
      }
      CHECK(of_a == 8);
      CHECK(of_b == 6);
      CHECK(once.contains("/shop e-1"));
      CHECK(f.data.delayed.empty());
      CHECK(f.data.schedules[1].fired <= 8);
    }
  }

  TEST_CASE("two nodes publish each occurrence once") {
    schedule_fixture f;
    f.add("a", 5s, missed_rule::all);
    f.delay(12s, "e-1");
    f.start();
    const auto other = f.aut;
    f.start();
    f.go(21s);
    CHECK(f.ids().size() == 5);
    CHECK(f.data.schedules[1].fired == 4);
    f.stop(other);
  }

  TEST_CASE("a step of the clock by an hour loses and repeats nothing") {
    for (const auto rule : {missed_rule::skip, missed_rule::once, missed_rule::all})
      for (const auto step : {1h, -1h}) {
        CAPTURE(name_of(rule));
        CAPTURE(step.count());
        schedule_fixture f;
        const auto began = f.data.clock;
        f.add("a", 60s, rule);
        f.start();
        f.go(150s);
        REQUIRE(f.ids().size() == 2);
        f.data.clock += step;
        f.go(150s);
        // Back to what it was.
        f.data.clock -= step;
        f.go(2h);
        std::set<std::string> once;
        for (const auto& x : f.data.events)
          CHECK(once.insert(x->id).second);
        // Every minute that the clock has shown, up to the last one.
        const auto last = f.data.clock;
        const auto most = std::max(last, began + 300s + step);
        const auto minutes = (most - began) / 60s;
        CHECK(once.size() == static_cast<size_t>(minutes));
      }
  }

  TEST_CASE("after a stop the rule for missed ones holds, for those alone") {
    for (const auto& [rule, fired] :
         {std::pair{missed_rule::skip, 0U}, std::pair{missed_rule::once, 1U},
          std::pair{missed_rule::all, 3U}}) {
      CAPTURE(name_of(rule));
      schedule_fixture f;
      const auto id = f.add("a", 1h, rule);
      f.data.clock += 3h + 30min;
      f.start();
      f.go(5s);
      CHECK(f.data.events.size() == fired);
      CHECK(f.data.schedules[id].skipped == 3 - fired);
      CHECK(f.data.schedules[id].next_at == *from_rfc3339("2026-12-01T16:00:00Z"));
      f.go(1h);
      CHECK(f.data.events.size() == fired + 1);
    }
  }

  TEST_CASE("a short stop is no stop: what is late by less than a minute is not missed") {
    schedule_fixture f;
    f.add("a", 10s, missed_rule::skip);
    f.data.clock += 45s;
    f.start();
    f.deliver();
    CHECK(f.ids().size() == 4);
  }

  TEST_CASE("a long outage of the log is a stop, a short one is not") {
    for (const auto& [outage, fired] : {std::pair{30s, 3U}, std::pair{600s, 6U}}) {
      CAPTURE(outage.count());
      schedule_fixture f;
      f.add("a", 10s, missed_rule::skip);
      f.start();
      f.deliver();
      f.data.log_is_away = true;
      f.go(outage);
      CHECK(f.data.events.empty());
      f.data.log_is_away = false;
      f.go(1s);
      // Of the long one those of its last minute happen.
      CHECK(f.ids().size() == fired);
    }
  }

  TEST_CASE("what is away comes back") {
    schedule_fixture f;
    f.add("a", 10s, missed_rule::all);
    f.delay(5s, "e-1");
    f.start();
    f.deliver();
    f.data.store_is_away = true;
    f.go(30s);
    CHECK(f.data.events.empty());
    f.data.store_is_away = false;
    f.go(2s);
    CHECK(f.ids().size() == 4);
  }

  TEST_CASE("many occurrences that are due are published a few at a time, all of them") {
    schedule_fixture f;
    f.add("a", 1s, missed_rule::all);
    f.add("b", 60s, missed_rule::all);
    f.data.clock += 1h;
    f.start();
    f.deliver();
    CHECK(f.ids().size() == 3'600 + 60);
  }

  TEST_CASE("an event that was cancelled is not published, one on its way cannot be") {
    schedule_fixture f;
    const auto id = f.delay(10s, "e-1");
    f.start();
    f.deliver();
    CHECK(f.ask<atom::done>(f.aut, cancel_delayed{id, {}, {}}).engaged());
    f.go(20s);
    CHECK(f.data.events.empty());
    const auto other = f.delay(1s, "e-2");
    f.data.delayed[other].state = delay_state::taken;
    const auto refused = f.ask<atom::done>(f.aut, cancel_delayed{other, {}, {}});
    CHECK_FALSE(refused.engaged());
  }

  TEST_CASE("an id that another event has is told, and holds up nothing") {
    schedule_fixture f;
    f.add("a", 10s, missed_rule::all);
    f.delay(2s, "e-1", "order.due");
    f.delay(3s, "e-1", "order.other");
    f.start();
    f.go(25s);
    CHECK(f.ids().size() == 3);
    REQUIRE(f.data.delayed.size() == 1);
    const auto& left = f.data.delayed.begin()->second;
    CHECK(left.state == delay_state::failed);
    CHECK(left.error.find("order.due") != std::string::npos);
  }

  TEST_CASE("a new schedule is known at once, and no timer is set for those far away") {
    schedule_fixture f;
    f.start();
    f.go(3s);
    put_schedule x;
    x.definition.name = "soon";
    x.definition.timing.at = f.data.clock + 200ms;
    x.definition.event = R"({"type":"a.b","audience":"none","data":{},"metadata":{}})";
    REQUIRE(f.ask<schedule_record>(f.aut, x).engaged());
    f.data.clock += 201ms;
    f.pass(201ms);
    CHECK(f.ids().size() == 1);
    CHECK_FALSE(f.data.schedules[1].next_at.has_value());
  }

  TEST_CASE("with nothing due it looks once a second") {
    schedule_fixture f;
    for (int i = 0; i < 10'000; ++i)
      f.add("s" + std::to_string(i), 24h, missed_rule::skip);
    f.start();
    f.deliver();
    f.data.looks = 0;
    f.go(60s);
    CHECK(f.data.looks >= 59);
    CHECK(f.data.looks <= 61);
  }

  TEST_CASE("a drain waits for the round, and a change after it is refused") {
    schedule_fixture f;
    f.delay(1s, "e-1");
    f.start();
    f.deliver();
    f.data.clock += 2s;
    f.sched.advance_time(1s);
    f.sched.try_run_once();
    CHECK(f.ask<atom::done>(f.aut, atom::drain_v).engaged());
    CHECK(f.ids().size() == 1);
    CHECK(f.data.delayed.empty());
    const auto refused = f.ask<atom::done>(f.aut, delete_schedule{});
    CHECK_FALSE(refused.engaged());
    f.delay(1s, "e-2");
    f.go(5s);
    CHECK(f.ids().size() == 1);
  }
}

} // namespace carillon::test
