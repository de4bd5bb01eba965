#include "actors/consumers/supervisor.hpp"

#include "tests/actors/consumers/consumer_fixture.hpp"

using namespace carillon;
using namespace std::chrono_literals;

TEST_SUITE("actors/supervisor") {
  namespace {

  struct fixture : test::consumer_fixture {
    supervisor_actor boss
      = sys.spawn(supervisor, supervisor_env{env(), handles.replays, reader, {}});

    ~fixture() {
      // Not `ask`: consumers that wait for the store would leave it unanswered for ever.
      self->send(boss, atom::drain_v);
      deliver();
      for (const auto& x : log.attached)
        stop(x);
      stop(boss);
    }

    consumer_settings_ptr named(std::string name) {
      auto out = std::make_shared<consumer_settings>(
        *spec(std::shared_ptr<effect_handler>{effects_target}));
      out->name = std::move(name);
      return out;
    }

    caf::expected<atom::done> add(std::string name) {
      return ask<atom::done>(boss, named(std::move(name)));
    }

    consumer_actor find(const std::string& name) {
      return caf::actor_cast<consumer_actor>(
        *ask<replay_taker_actor>(boss, atom::find_v, replay_target::handler(name)));
    }

    static create_replay replay_of(std::string_view to) {
      create_replay out;
      out.record.target = *replay_target_from(to);
      return out;
    }
  };

  } // namespace

  TEST_CASE_FIXTURE(fixture, "a name is taken once, and must be one") {
    CHECK(add("one"));
    auto again = add("one");
    REQUIRE(!again);
    CHECK(again.error() == ec::conflict);
    auto wrong = add("No Name");
    REQUIRE(!wrong);
    CHECK(wrong.error() == ec::invalid_argument);
  }

  TEST_CASE_FIXTURE(fixture, "a consumer that ends is restarted after a pause that doubles") {
    add("one");
    auto first = find("one");
    append(3);
    stop(first);
    auto missing = ask<replay_taker_actor>(boss, atom::find_v, replay_target::handler("one"));
    CHECK(!missing);
    pass(200ms);
    auto second = find("one");
    CHECK(second != first);
    CHECK(effects_target->seen == upto(3));
    stop(second);
    pass(200ms);
    CHECK(!ask<replay_taker_actor>(boss, atom::find_v, replay_target::handler("two")));
    pass(300ms);
    CHECK(find("one") != second);
  }

  TEST_CASE_FIXTURE(fixture, "the status lists every consumer by name, running or not") {
    add("b");
    add("a");
    stop(find("a"));
    auto all = ask<consumer_statuses>(boss, list_consumers{});
    REQUIRE(all);
    REQUIRE(all->size() == 2);
    CHECK(all->at(0).name == "a");
    CHECK(all->at(0).last_error != "");
    CHECK(all->at(1).name == "b");
  }

  TEST_CASE_FIXTURE(fixture, "a pause is stored and holds across a restart") {
    add("one");
    auto paused = ask<consumer_status>(boss, pause_consumer{"one", true, {}});
    REQUIRE(paused);
    CHECK(paused->paused);
    stop(find("one"));
    pass(200ms);
    append(2);
    self->send(find("one"), atom::head_v, position{2});
    deliver();
    CHECK(effects_target->seen.empty());
    auto none = ask<consumer_status>(boss, pause_consumer{"two", true, {}});
    REQUIRE(!none);
    CHECK(none.error() == ec::not_found);
  }

  TEST_CASE_FIXTURE(fixture, "a retried dead letter is delivered again") {
    effects_target->poison = {1};
    auto x = std::make_shared<consumer_settings>(*named("one"));
    x->policy.max_attempts = 1;
    ask<atom::done>(boss, consumer_settings_ptr{x});
    append(1);
    self->send(find("one"), atom::head_v, position{1});
    deliver();
    pass_in_steps(2s, 100ms);
    REQUIRE(state.letters.size() == 1);
    effects_target->poison.clear();
    auto letter = ask<dead_letter>(boss, resolve_dead_letter{1, true, {}, {}});
    REQUIRE(letter);
    pass_in_steps(2s, 100ms);
    CHECK(effects_target->seen == std::vector<position>{1});
  }

  TEST_CASE_FIXTURE(fixture, "a replay re-fires what matches, to its target, once") {
    effects_target->reaction = replay_reaction::always;
    append(450);
    add("one");
    effects_target->seen.clear();
    auto made = ask<replay_record>(boss, replay_of("handler/one"));
    REQUIRE(made);
    CHECK(made->matched == 450);
    append(10);
    pass_in_steps(2s, 100ms);
    CHECK(effects_target->seen == upto(450));
    REQUIRE(state.replays.size() == 1);
    CHECK(state.replays[0].phase == replay_phase::done);
    CHECK(state.replays[0].delivered == 450);
  }

  TEST_CASE_FIXTURE(
    fixture, "what recipients would get twice is replayed by name only, never with the rest") {
    effects_target->reaction = replay_reaction::if_named;
    append(9);
    add("one");
    effects_target->seen.clear();
    for (const auto* to : {"all", "handlers"}) {
      REQUIRE(ask<replay_record>(boss, replay_of(to)));
      pass_in_steps(1s, 100ms);
      CHECK(effects_target->seen.empty());
    }
    REQUIRE(ask<replay_record>(boss, replay_of("handler/one")));
    pass_in_steps(1s, 100ms);
    CHECK(effects_target->seen == upto(9));
  }

  TEST_CASE_FIXTURE(fixture, "a replay of given positions takes those, in order") {
    effects_target->reaction = replay_reaction::always;
    append(9);
    add("one");
    effects_target->seen.clear();
    auto request = replay_of("handlers");
    request.record.positions = {7, 2, 7, 40};
    auto made = ask<replay_record>(boss, request);
    REQUIRE(made);
    CHECK(made->matched == 3);
    pass_in_steps(1s, 100ms);
    CHECK(effects_target->seen == std::vector<position>{2, 7});
    CHECK(state.replays[0].phase == replay_phase::done);
  }

  TEST_CASE_FIXTURE(fixture, "a replay keeps its rate") {
    effects_target->reaction = replay_reaction::always;
    append(100);
    add("one");
    effects_target->seen.clear();
    auto request = replay_of("handlers");
    request.record.rate = 50;
    ask<replay_record>(boss, request);
    pass_in_steps(1s, 20ms);
    CHECK(effects_target->seen.size() <= 60);
    CHECK(effects_target->seen.size() >= 40);
    pass_in_steps(2s, 20ms);
    CHECK(effects_target->seen.size() == 100);
  }

  TEST_CASE_FIXTURE(fixture, "an interrupted replay goes on where it was") {
    effects_target->reaction = replay_reaction::always;
    append(300);
    replay_record record;
    record.id = 1;
    record.target = replay_target{};
    record.up_to = 300;
    record.cursor = 250;
    state.replays.push_back(record);
    state.consumers["one"].record.cursor = 300;
    add("one");
    pass_in_steps(2s, 100ms);
    CHECK(effects_target->seen.size() == 50);
    CHECK(state.replays[0].phase == replay_phase::done);
  }

  TEST_CASE_FIXTURE(fixture, "a replay waits for a store that fails, and loses nothing") {
    effects_target->reaction = replay_reaction::always;
    append(300);
    add("one");
    effects_target->seen.clear();
    ask<replay_record>(boss, replay_of("handlers"));
    log.broken = true;
    pass_in_steps(2s, 100ms);
    log.broken = false;
    pass_in_steps(3s, 100ms);
    std::set<position> distinct(effects_target->seen.begin(), effects_target->seen.end());
    CHECK(distinct.size() == 300);
    CHECK(state.replays[0].phase == replay_phase::done);
  }

  TEST_CASE_FIXTURE(fixture, "a replay waits for a paused handler, says so, and goes on") {
    effects_target->reaction = replay_reaction::always;
    append(24);
    add("one");
    add("two");
    effects_target->seen.clear();
    REQUIRE(ask<consumer_status>(boss, pause_consumer{"two", true, {}}));
    ask<replay_record>(boss, replay_of("handlers"));
    pass_in_steps(2s, 100ms);
    // For a while that is nothing unusual.
    CHECK(state.replays[0].error.empty());
    pass_in_steps(4s, 100ms);
    CHECK(effects_target->seen == upto(24));
    CHECK(state.replays[0].phase == replay_phase::running);
    CHECK(state.replays[0].delivered == 0);
    CHECK(state.replays[0].error == "waits for handler/two, which is paused");
    pass_in_steps(60s, 1s);
    CHECK(state.replays[0].phase == replay_phase::running);
    REQUIRE(ask<consumer_status>(boss, pause_consumer{"two", false, {}}));
    pass_in_steps(1s, 100ms);
    CHECK(effects_target->seen.size() == 48);
    CHECK(state.replays[0].phase == replay_phase::done);
    CHECK(state.replays[0].delivered == 24);
    CHECK(state.replays[0].error.empty());
  }

  TEST_CASE_FIXTURE(fixture, "a replay waits for the workers of a remote handler, and says so") {
    effects_target->reaction = replay_reaction::always;
    append(24);
    size_t got = 0;
    target = sys.spawn(
      [](caf::event_based_actor*, size_t* count) -> caf::behavior {
        return {[](atom::attach, const consumer_actor&, uint64_t) {},
                [](atom::committed, position) {},
                [count](const delivery&) -> delivery_outcome_ptr {
                  ++*count;
                  return std::make_shared<delivery_outcome>();
                }};
      },
      &got);
    auto remote = std::make_shared<consumer_settings>(*spec(target));
    remote->name = "points";
    remote->policy.start = start_at::now;
    remote->on_demand = true;
    REQUIRE(ask<atom::done>(boss, consumer_settings_ptr{remote}));
    add("one");
    ask<replay_record>(boss, replay_of("handlers"));
    pass_in_steps(60s, 1s);
    CHECK(got == 0);
    CHECK(state.replays[0].phase == replay_phase::running);
    CHECK(state.replays[0].error.starts_with("waits for handler/points, whose workers"));
    // One who takes them comes.
    self->send(find("points"), atom::room_v, uint64_t{100});
    deliver();
    pass_in_steps(1s, 100ms);
    CHECK(got == 24);
    CHECK(state.replays[0].phase == replay_phase::done);
    CHECK(state.replays[0].error.empty());
  }

  TEST_CASE_FIXTURE(fixture, "a handler that is full of retries holds no replay up") {
    effects_target->reaction = replay_reaction::always;
    auto x = std::make_shared<consumer_settings>(*named("one"));
    x->policy.max_retries = 2;
    append(24);
    effects_target->poison = {1, 2, 3};
    REQUIRE(ask<atom::done>(boss, consumer_settings_ptr{x}));
    pass_in_steps(1s, 100ms);
    ask<replay_record>(boss, replay_of("handlers"));
    pass_in_steps(1s, 100ms);
    CHECK(state.replays[0].phase == replay_phase::done);
    CHECK(state.replays[0].delivered == 24);
  }

  TEST_CASE_FIXTURE(fixture, "a replay to nowhere is refused") {
    add("one");
    for (const char* to : {"handler/two", "webhooks", "webhook/1", "sessions"}) {
      CAPTURE(to);
      auto made = ask<replay_record>(boss, replay_of(to));
      REQUIRE(!made);
      CHECK(made.error() == ec::not_found);
    }
  }

  TEST_CASE_FIXTURE(fixture, "a dry run counts and re-fires nothing") {
    effects_target->reaction = replay_reaction::always;
    append(4);
    add("one");
    effects_target->seen.clear();
    auto plan = ask<replay_plan>(boss, atom::count_v, replay_of("handlers"));
    REQUIRE(plan);
    CHECK(plan->matched == 4);
    REQUIRE(plan->targets.size() == 1);
    CHECK(plan->targets[0].of == replay_target::handler("one"));
    CHECK(plan->targets[0].events == 4);
    pass_in_steps(1s, 100ms);
    CHECK(effects_target->seen.empty());
    CHECK(state.replays.empty());
  }
}
