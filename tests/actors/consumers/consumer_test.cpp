#include "tests/actors/consumers/consumer_fixture.hpp"

#include <caf/event_based_actor.hpp>

#include <algorithm>
#include <map>

using namespace carillon;
using namespace std::chrono_literals;
using carillon::test::counter_delta;

TEST_SUITE("actors/consumer") {
  namespace {

  struct fixture : test::consumer_fixture {
    /// Deliveries at the target actor, and its answers.
    std::vector<delivery> got;
    std::set<position> failing;
    std::set<position> silent;
    std::vector<caf::typed_response_promise<atom::done>> unanswered;

    void start_with_actor(consumer_policy policy = {}) {
      target = sys.spawn(
        [](caf::event_based_actor* me, fixture* st) -> caf::behavior {
          return {
            [st, me](const delivery& x) -> caf::result<atom::done> {
              st->got.push_back(x);
              if (st->silent.contains(x.event->seq)) {
                auto promise = me->make_response_promise<atom::done>();
                st->unanswered.push_back(promise);
                return promise;
              }
              if (st->failing.contains(x.event->seq))
                return caf::make_error(ec::handler_failed, std::string{"no"});
              return atom::done_v;
            },
            [st](atom::flush) {
              for (auto& x : st->unanswered)
                x.deliver(atom::done_v);
              st->unanswered.clear();
            },
          };
        },
        this);
      start(spec(target, std::move(policy)));
    }

    /// The same with a target that answers failing events with `outcome`.
    void start_with_outcome(delivery_outcome outcome, consumer_policy policy = {}) {
      target = sys.spawn(
        [](caf::event_based_actor*, fixture* st, delivery_outcome_ptr failed) -> caf::behavior {
          return {[st, failed](const delivery& x) -> delivery_outcome_ptr {
            st->got.push_back(x);
            return st->failing.contains(x.event->seq) ? failed
                                                      : std::make_shared<delivery_outcome>();
          }};
        },
        this, delivery_outcome_ptr{std::make_shared<const delivery_outcome>(std::move(outcome))});
      start(spec(target, std::move(policy)));
    }

    /// The same with a target that answers each event with a statement: its position.
    void start_with_statements(consumer_policy policy = {}) {
      target = sys.spawn(
        [](caf::event_based_actor*, fixture* st) -> caf::behavior {
          return {[st](const delivery& x) -> delivery_outcome_ptr {
            st->got.push_back(x);
            auto out = std::make_shared<delivery_outcome>();
            out->made.add(sql_statement{std::to_string(x.event->seq), {}});
            return out;
          }};
        },
        this);
      start(spec(target, std::move(policy)));
    }

    /// Appends an event of each company, and feeds them as one live batch.
    void live_of(const std::vector<std::string>& companies) {
      auto batch = std::make_shared<event_batch>();
      for (const auto& x : companies) {
        log.events.push_back(test::make_event(log.head() + 1, x));
        batch->events.push_back(log.events.back());
      }
      ++log.credit_used[aut->id()];
      self->send(aut, event_batch_ptr{batch});
      deliver();
    }

    std::vector<position> got_positions() const {
      std::vector<position> out;
      for (const auto& x : got)
        out.push_back(x.event->seq);
      return out;
    }
  };

  } // namespace

  TEST_CASE_FIXTURE(fixture, "it catches up from the log, then takes live batches") {
    append(5'000);
    start_with_effects();
    CHECK(effects_target->seen == upto(5'000));
    auto pages = log.pages;
    CHECK(pages >= 3);
    live(10);
    live(10);
    CHECK(effects_target->seen == upto(5'020));
    CHECK(log.pages == pages);
    CHECK(log.credit_used[aut->id()] == 0);
  }

  TEST_CASE_FIXTURE(fixture, "a batch beyond the next position makes it read what is between") {
    start_with_effects();
    live(3);
    append(4);
    live(2);
    CHECK(effects_target->seen == upto(9));
  }

  TEST_CASE_FIXTURE(fixture, "a batch that was read already is not taken twice") {
    start_with_effects();
    append(4);
    self->send(aut, atom::head_v, position{4});
    deliver();
    auto batch = std::make_shared<event_batch>();
    batch->events = log.events;
    log.events.push_back(test::make_event(5));
    batch->events.push_back(log.events.back());
    self->send(aut, event_batch_ptr{batch});
    deliver();
    CHECK(effects_target->seen == upto(5));
  }

  TEST_CASE_FIXTURE(fixture, "effects and cursor are one commit, and nothing is committed twice") {
    start_with_effects();
    live(3);
    CHECK(state.commits.empty());
    pass(50ms);
    REQUIRE(state.commits.size() == 1);
    CHECK(state.commits[0].cursor == 3);
    uint64_t counted = 0;
    for (const auto& x : state.commits[0].effects.all<counter_delta>())
      counted += x.add;
    CHECK(counted == 3);
    pass_in_steps(20s, 1s);
    CHECK(state.commits.size() == 1);
  }

  TEST_CASE_FIXTURE(fixture, "the consumer of one company shares the store in its name") {
    auto of_company
      = std::make_shared<consumer_settings>(*spec(std::shared_ptr<effect_handler>{effects_target}));
    of_company->filter.company_id = "c-1";
    start(of_company);
    live(1);
    pass(50ms);
    REQUIRE(state.commits.size() == 1);
    CHECK(state.commits[0].share == "c-1");
  }

  TEST_CASE_FIXTURE(fixture, "a commit that fails is tried again as it was") {
    start_with_effects();
    state.broken = true;
    live(2);
    pass(50ms);
    live(1);
    pass_in_steps(2s, 100ms);
    CHECK(state.commits.empty());
    CHECK(status().last_error == "broken");
    state.broken = false;
    pass_in_steps(2s, 100ms);
    CHECK(state.cursor("sut") == 3);
    // The store's failure is over; the handler did not fail.
    CHECK(status().last_error.empty());
    uint64_t counted = 0;
    for (const auto& commit : state.commits)
      for (const auto& x : commit.effects.all<counter_delta>())
        counted += x.add;
    CHECK(counted == 3);
  }

  TEST_CASE_FIXTURE(fixture, "a store that does not open at first is waited for") {
    state.broken = true;
    append(2);
    start_with_effects();
    CHECK(effects_target->seen.empty());
    state.broken = false;
    pass_in_steps(2s, 100ms);
    CHECK(effects_target->seen == upto(2));
    CHECK(status().last_error.empty());
  }

  TEST_CASE_FIXTURE(fixture, "an effect handler that throws fails that event alone") {
    effects_target->poison = {2};
    start_with_effects();
    live(3);
    CHECK(effects_target->seen == std::vector<position>{1, 3});
    pass(50ms);
    CHECK(state.cursor("sut") == 3);
    REQUIRE(state.consumers["sut"].retries.size() == 1);
    effects_target->poison.clear();
    pass_in_steps(3s, 100ms);
    CHECK(effects_target->seen == std::vector<position>{1, 3, 2});
    CHECK(state.consumers["sut"].retries.empty());
  }

  TEST_CASE_FIXTURE(fixture,
                    "after the last attempt the log notes it, then a dead letter is kept") {
    failing = {2};
    consumer_policy policy;
    policy.max_attempts = 3;
    start_with_actor(policy);
    live(3);
    pass_in_steps(20s, 100ms);
    CHECK(std::count(failing.begin(), failing.end(), position{2}) == 1);
    CHECK(got_positions() == std::vector<position>{1, 2, 3, 2, 2});
    CHECK(got.back().attempt == 3);
    REQUIRE(state.letters.size() == 1);
    CHECK(state.letters[0].seq == 2);
    CHECK(state.letters[0].attempts == 3);
    CHECK(state.consumers["sut"].retries.empty());
    REQUIRE(log.published.size() == 1);
    CHECK(log.published[0]->type == "handler.dead_lettered");
    CHECK(status().dead_letters == 1);
  }

  TEST_CASE_FIXTURE(fixture, "a note that the router refuses is tried again before the letter") {
    failing = {1};
    log.refuses = true;
    consumer_policy policy;
    policy.max_attempts = 1;
    start_with_actor(policy);
    live(1);
    pass_in_steps(3s, 100ms);
    CHECK(state.letters.empty());
    CHECK(state.consumers["sut"].retries.size() == 1);
    log.refuses = false;
    pass_in_steps(3s, 100ms);
    CHECK(state.letters.size() == 1);
    CHECK(log.published.size() == 1);
  }

  TEST_CASE_FIXTURE(fixture, "an actor that does not answer in time has failed") {
    silent = {1};
    consumer_policy policy;
    policy.deadline = 2s;
    start_with_actor(policy);
    live(2);
    CHECK(status().failed == 0);
    pass_in_steps(3s, 100ms);
    CHECK(status().failed >= 1);
    CHECK(status().last_error.find("2000 ms") != std::string::npos);
    CHECK(state.cursor("sut") == 2);
  }

  TEST_CASE_FIXTURE(fixture,
                    "an actor says when the next attempt may come, never sooner than due") {
    failing = {1};
    delivery_outcome busy;
    busy.error = failure{ec::handler_failed, "busy", {}};
    busy.not_before = now() + 10s;
    start_with_outcome(busy);
    live(2);
    pass_in_steps(9s, 100ms);
    CHECK(got_positions() == std::vector<position>{1, 2});
    pass_in_steps(2s, 100ms);
    CHECK(got_positions() == std::vector<position>{1, 2, 1});
    // It asks for a time that has passed: the schedule counts.
    pass_in_steps(3s, 100ms);
    CHECK(got.size() == 3);
    pass_in_steps(2s, 100ms);
    CHECK(got.size() == 4);
  }

  TEST_CASE_FIXTURE(fixture, "an actor that asks to be left alone gets nothing until then") {
    failing = {1};
    delivery_outcome busy;
    busy.error = failure{ec::handler_failed, "busy", {}};
    busy.hold_until = now() + 10s;
    consumer_policy policy;
    policy.in_flight = 1;
    start_with_outcome(busy, policy);
    live(3);
    live(2);
    pass_in_steps(9s, 100ms);
    CHECK(got_positions() == std::vector<position>{1});
    CHECK(state.consumers["sut"].retries.size() == 1);
    failing.clear();
    pass_in_steps(2s, 100ms);
    CHECK(std::set<position>{2, 3, 4, 5, 1}.size() == got.size() - 1);
    CHECK(state.cursor("sut") == 5);
    CHECK(state.consumers["sut"].retries.empty());
  }

  TEST_CASE_FIXTURE(fixture, "what an actor's outcome made is committed once, with the progress") {
    failing = {1};
    delivery_outcome done;
    done.made.add(counter_delta{now(), "t.t", "c", 1});
    start_with_outcome(done);
    live(2);
    pass(100ms);
    REQUIRE(state.commits.size() == 1);
    CHECK(state.commits[0].cursor == 2);
    CHECK(state.commits[0].effects.all<counter_delta>().size() == 1);
    CHECK(status().delivered == 2);
  }

  TEST_CASE_FIXTURE(fixture, "an event whose statements are refused is tried again, and only it") {
    start_with_statements();
    state.refuses
      = [this](const sql_statement& x) { return failing.contains(std::stoull(x.text)); };
    failing = {2};
    live(3);
    pass(100ms);
    CHECK(state.written == std::vector<std::string>{"1", "3"});
    CHECK(state.cursor("sut") == 3);
    // Asking passes a second: the next attempt is due after it.
    const auto seen = status();
    failing.clear();
    CHECK(seen.delivered == 2);
    CHECK(seen.failed == 1);
    CHECK(seen.retrying == 1);
    CHECK(seen.last_error == "refused");
    pass_in_steps(2s, 100ms);
    CHECK(state.written == std::vector<std::string>{"1", "3", "2"});
    REQUIRE(got.size() == 4);
    CHECK(got[3].attempt == 2);
    CHECK(status().retrying == 0);
    CHECK(state.consumers["sut"].retries.empty());
  }

  TEST_CASE_FIXTURE(fixture, "an event whose statements are always refused is a dead letter") {
    consumer_policy policy;
    policy.max_attempts = 2;
    start_with_statements(policy);
    state.refuses = [](const sql_statement&) { return true; };
    live(1);
    pass_in_steps(5s, 100ms);
    CHECK(got.size() == 2);
    REQUIRE(state.letters.size() == 1);
    CHECK(state.letters[0].attempts == 2);
    CHECK(state.letters[0].last_error == "refused");
    CHECK(state.consumers["sut"].retries.empty());
    CHECK(state.written.empty());
  }

  TEST_CASE_FIXTURE(fixture, "a refusal survives a restart") {
    start_with_statements();
    state.refuses = [](const sql_statement&) { return true; };
    live(1);
    pass(50ms);
    REQUIRE(state.consumers["sut"].retries.size() == 1);
    stop(aut);
    state.refuses = {};
    start(spec(target));
    pass_in_steps(2s, 100ms);
    CHECK(state.written == std::vector<std::string>{"1"});
  }

  TEST_CASE_FIXTURE(fixture, "in the order of a key, the next event waits for the statements") {
    consumer_policy policy;
    policy.order = delivery_order::per_key;
    start_with_statements(policy);
    state.refuses
      = [this](const sql_statement& x) { return failing.contains(std::stoull(x.text)); };
    failing = {1};
    live(3);
    pass(100ms);
    CHECK(state.written.empty());
    failing.clear();
    pass_in_steps(5s, 100ms);
    CHECK(state.written == std::vector<std::string>{"1", "2", "3"});
  }

  TEST_CASE_FIXTURE(fixture, "statements of one key wait for events of others, which begin") {
    consumer_policy policy;
    policy.order = delivery_order::per_key;
    start_with_statements(policy);
    // 3 has answered while 2 waits for 1: the cursor reaches 3 by 2 only. 4 waits for both.
    const std::vector<std::string> companies{"a", "a", "b", "a", "b", "c", "b", "a"};
    live_of(companies);
    pass(1s);
    REQUIRE(state.written.size() == companies.size());
    CHECK(state.cursor("sut") == companies.size());
    std::map<std::string, position> last;
    for (const auto& x : state.written) {
      auto& before = last[companies.at(std::stoull(x) - 1)];
      CHECK(before < std::stoull(x));
      before = std::stoull(x);
    }
  }

  TEST_CASE_FIXTURE(fixture, "no event begins before the statements of its key are committed") {
    consumer_policy policy;
    policy.order = delivery_order::per_key;
    start_with_statements(policy);
    state.refuses
      = [this](const sql_statement& x) { return failing.contains(std::stoull(x.text)); };
    failing = {3};
    live_of({"a", "a", "b", "b", "a"});
    pass(1s);
    const auto seen = got_positions();
    CHECK(std::count(seen.begin(), seen.end(), 4) == 0);
    failing.clear();
    pass_in_steps(5s, 100ms);
    REQUIRE(state.written.size() == 5);
    const auto at = [&](const char* x) {
      return std::find(state.written.begin(), state.written.end(), x) - state.written.begin();
    };
    CHECK(at("3") < at("4"));
    CHECK(at("2") < at("5"));
  }

  TEST_CASE_FIXTURE(fixture, "in a total order statements are a failure") {
    consumer_policy policy;
    policy.order = delivery_order::total;
    policy.max_attempts = 1;
    start_with_statements(policy);
    live(1);
    pass_in_steps(1s, 100ms);
    CHECK(state.letters.size() == 1);
    CHECK(state.written.empty());
  }

  TEST_CASE_FIXTURE(fixture, "an actor has as many deliveries under way as its policy allows") {
    silent = {1, 2, 3};
    consumer_policy policy;
    policy.in_flight = 2;
    start_with_actor(policy);
    live(3);
    CHECK(got_positions() == std::vector<position>{1, 2});
    silent.clear();
    self->send(target, atom::flush_v);
    deliver();
    CHECK(got_positions() == std::vector<position>{1, 2, 3});
  }

  TEST_CASE_FIXTURE(fixture, "retries that are due later survive a restart") {
    failing = {1};
    start_with_actor();
    live(1);
    pass(50ms);
    REQUIRE(state.consumers["sut"].retries.size() == 1);
    stop(aut);
    failing.clear();
    start(spec(target));
    CHECK(got.size() == 1);
    pass_in_steps(2s, 100ms);
    REQUIRE(got.size() == 2);
    CHECK(got[1].attempt == 2);
    CHECK(state.consumers["sut"].retries.empty());
  }

  TEST_CASE_FIXTURE(fixture, "the cursor that is shown is durable") {
    start_with_effects();
    live(3);
    CHECK(effects_target->seen == upto(3));
    // Done, but a crash now would do it again.
    CHECK(state.cursor("sut") == 0);
    CHECK(status().cursor == 0);
    CHECK(status().lag == 3);
    pass_in_steps(200ms, 50ms);
    CHECK(state.cursor("sut") == 3);
    CHECK(status().cursor == 3);
    CHECK(status().lag == 0);
  }

  TEST_CASE_FIXTURE(fixture, "a paused consumer starts nothing, and resumes at its cursor") {
    start_with_effects();
    live(2);
    self->send(aut, atom::pause_v, true);
    deliver();
    live(20);
    CHECK(effects_target->seen == upto(2));
    CHECK(status().paused);
    pass_in_steps(200ms, 50ms);
    CHECK(status().lag == 20);
    self->send(aut, atom::pause_v, false);
    deliver();
    CHECK(effects_target->seen == upto(22));
  }

  TEST_CASE_FIXTURE(fixture, "the router's credit is returned only for what was taken") {
    consumer_policy policy;
    policy.window = 4;
    silent = {1, 2, 3, 4};
    policy.deadline = 60s;
    start_with_actor(policy);
    live(4);
    live(1);
    CHECK(log.credit_used[aut->id()] == 1);
    CHECK(got.size() == 4);
    self->send(target, atom::flush_v);
    deliver();
    CHECK(log.credit_used[aut->id()] == 0);
    CHECK(got.size() == 5);
  }

  TEST_CASE_FIXTURE(fixture, "start at now skips what was there before") {
    append(7);
    auto x
      = std::make_shared<consumer_settings>(*spec(std::shared_ptr<effect_handler>{effects_target}));
    x->policy.start = start_at::now;
    start(x);
    live(1);
    CHECK(effects_target->seen == std::vector<position>{8});
  }

  TEST_CASE_FIXTURE(fixture, "drain commits what is done and starts nothing more") {
    start_with_effects();
    live(3);
    auto done = ask<atom::done>(aut, atom::drain_v);
    CHECK(done);
    CHECK(state.cursor("sut") == 3);
    live(2);
    CHECK(effects_target->seen == upto(3));
  }

  TEST_CASE_FIXTURE(fixture, "a commit behind the store ends the consumer") {
    start_with_effects();
    live(1);
    state.consumers["sut"].record.cursor = 50;
    self->monitor(aut);
    pass(50ms);
    bool down = false;
    self->receive([&](const caf::down_msg& x) { down = x.reason == ec::conflict; },
                  caf::after(0s) >> [] {});
    CHECK(down);
  }

  TEST_CASE_FIXTURE(fixture, "a replay is delivered, marked, and leaves the cursor alone") {
    start_with_actor();
    live(3);
    pass(50ms);
    got.clear();
    auto events = std::make_shared<const std::vector<event_ptr>>(
      std::vector<event_ptr>{log.events[0], log.events[2]});
    CHECK(ask<atom::done>(aut, replay_request{9, events}));
    REQUIRE(got.size() == 2);
    CHECK(got[0].replay());
    CHECK(got[0].replay_id == 9);
    CHECK(state.cursor("sut") == 3);
  }

  TEST_CASE_FIXTURE(fixture, "a failed replay is answered once its retry row is stored") {
    start_with_actor();
    live(2);
    pass(50ms);
    failing = {1};
    auto events
      = std::make_shared<const std::vector<event_ptr>>(std::vector<event_ptr>{log.events[0]});
    CHECK(ask<atom::done>(aut, replay_request{4, events}));
    REQUIRE(state.consumers["sut"].retries.size() == 1);
    CHECK(state.consumers["sut"].retries[0].replay_id == 4);
    failing.clear();
    pass_in_steps(2s, 100ms);
    CHECK(state.consumers["sut"].retries.empty());
    CHECK(got.back().replay_id == 4);
  }

  TEST_CASE_FIXTURE(fixture, "effects are not made again by a replay unless the handler wants it") {
    start_with_effects();
    live(2);
    auto events = std::make_shared<const std::vector<event_ptr>>(log.events);
    CHECK(ask<atom::done>(aut, replay_request{1, events}));
    CHECK(effects_target->seen == upto(2));
    effects_target->reaction = replay_reaction::always;
    CHECK(ask<atom::done>(aut, replay_request{2, events}));
    CHECK(effects_target->seen.size() == 4);
  }
}
