#include "messages/codec/catalogue/webhook.hpp"
#include "tests/actors/webhooks/webhook_hub_world.hpp"
#include "tests/support/printing.hpp"

#include <stdexcept>

using namespace carillon;
using namespace carillon::test;
using namespace std::chrono_literals;

// Messages that arrive while an endpoint is queried, loaded, drained, or backs off.

TEST_SUITE("actors/webhook_hub_races") {
  namespace {

  struct started : started_hub {
    void answer_after(std::chrono::milliseconds pause) {
      receiver = [pause](const received&) {
        auto out = status(200);
        out.after = pause;
        return out;
      };
    }
  };

  } // namespace

  TEST_CASE_FIXTURE(started, "a resend that comes while it is asked whether it is idle is sent") {
    auto hook = add({});
    publish();
    // In each of these ticks it may be queried; the row arrives right after.
    run(29s, 1s);
    for (int i = 0; i < 5; ++i) {
      sched.advance_time(1s);
      retry_row row;
      row.seq = 1;
      gate.keep(hook.id, row);
      self->send(hub, hook.id, row);
      deliver();
      run(0s);
    }
    run(5s);
    CHECK(sent(hook.id, 1) == 6);
  }

  TEST_CASE_FIXTURE(started, "an event that comes while it is asked whether it is idle is sent") {
    auto hook = add({});
    for (int i = 0; i < 60; ++i) {
      CAPTURE(i);
      run(29s, 1s);
      auto x = make_event(0);
      for (int tick = 0; tick < 3; ++tick) {
        sched.advance_time(1s);
        // Random interleavings with query, answer and end.
        for (int n = 0; n < i / 3; ++n)
          sched.try_run_once();
        if (tick == i % 3)
          publish({x});
        deliver();
        run(0s);
      }
      run(1s, 500ms);
      CHECK(sent(hook.id, x->seq) == 1);
    }
  }

  TEST_CASE_FIXTURE(started, "what comes while its record is read is sent, once") {
    auto hook = add({});
    publish();
    run(40s, 1s);
    gate.holds = true;
    publish();
    publish("user.created");
    REQUIRE(set_types(hook.id, {"order.*"}));
    publish("user.created");
    publish();
    run(1s);
    CHECK(sent(hook.id) == 1);
    open_gate();
    // It was changed while it was read, so it is read once more.
    run(1s);
    CHECK(sent_counts(hook.id) == counts{1, 1, 0, 0, 1});
  }

  TEST_CASE_FIXTURE(started, "who looks for one that is being started is answered, at a stop too") {
    auto hook = add({});
    run(40s, 1s);
    gate.holds = true;
    auto asked = self->request(hub, 60s, atom::find_v, hook.id);
    deliver();
    open_gate();
    bool found = false;
    asked.receive([&](const replay_taker_actor&) { found = true; }, [](const caf::error&) {});
    CHECK(found);
    run(40s, 1s);
    gate.holds = true;
    auto late = self->request(hub, 60s, atom::find_v, hook.id);
    deliver();
    REQUIRE(ask<atom::done>(hub, atom::drain_v));
    sched.advance_time(60s);
    bool refused = false;
    late.receive([](const replay_taker_actor&) {},
                 [&](const caf::error& reason) { refused = reason == ec::shutting_down; });
    CHECK(refused);
  }

  TEST_CASE_FIXTURE(started, "what was published after a change of types is sent by the new ones") {
    webhook_settings own;
    own.types = {*type_pattern::parse("order.*")};
    own.max_in_flight = 1;
    auto hook = add(own);
    answer_after(3s);
    publish("order.created");
    publish("order.created");
    run(200ms);
    auto changed = set_types(hook.id, {"user.*"});
    REQUIRE(changed);
    CHECK(changed->webhook.settings.types.front().text() == "user.*");
    publish("user.created");
    publish("order.created");
    run(30s);
    // The first was running; the second waited, and is not needed any more.
    CHECK(sent_counts(hook.id) == counts{1, 0, 1, 0});
    run(40s, 1s);
    CHECK(!is_running(hook.id));
    REQUIRE(set_types(hook.id, {}));
    publish("a.b");
    run(10s);
    CHECK(sent(hook.id, 5) == 1);
  }

  TEST_CASE_FIXTURE(started, "an endpoint that crashes is restarted alone, with a back-off") {
    auto hook = add({});
    auto other = add({});
    size_t crashes = 0;
    std::vector<timestamp> tried;
    receiver = [&](const received& x) {
      if (x.webhook_id == 1 && x.seq == 1) {
        tried.push_back(x.at);
        if (++crashes <= 3)
          throw std::runtime_error("a bug in the endpoint");
      }
      return status(200);
    };
    publish();
    publish();
    run(500ms);
    CHECK(sent(other.id) == 2);
    run(10s);
    REQUIRE(tried.size() == 4);
    for (size_t i = 1; i < tried.size(); ++i) {
      CAPTURE(i);
      auto pause = tried[i] - tried[i - 1];
      CHECK(pause >= std::chrono::seconds{1 << (i - 1)});
      CHECK(pause <= std::chrono::seconds{1 << (i - 1)} + 200ms);
    }
    CHECK(sent(hook.id, 2) == 1);
    CHECK(sent_counts(other.id) == counts{1, 1});
    CHECK(stats->webhook_in_flight == 0);
    // It ran for long: the back-off is forgotten.
    for (int i = 0; i < 4; ++i) {
      publish("order.updated");
      run(20s, 1s);
    }
    crashes = 2;
    auto x = make_event(0, "c-1", "order.again");
    receiver = [&](const received& y) {
      if (y.webhook_id == 1 && ++crashes == 3)
        throw std::runtime_error("once more");
      return status(200);
    };
    publish({x});
    run(1s + 200ms);
    CHECK(sent(hook.id, log.head()) == 1);
  }

  TEST_CASE_FIXTURE(started,
                    "while it rests after a crash nothing is lost, and its status says so") {
    auto hook = add({});
    REQUIRE(kill(hook.id));
    publish();
    auto seen = ask<webhook_status>(hub, get_webhook_status{hook.id});
    REQUIRE(seen);
    CHECK(!seen->running);
    CHECK(!seen->consumer.last_error.empty());
    run(3s);
    CHECK(sent_counts(hook.id) == counts{1});
  }

  TEST_CASE_FIXTURE(started, "a stop lets attempts end, begins none, and the next start goes on") {
    webhook_settings own;
    own.max_in_flight = 2;
    auto hook = add(own);
    answer_after(1s);
    for (int i = 0; i < 5; ++i)
      publish();
    run(200ms);
    auto drained = self->request(hub, 60s, atom::drain_v);
    deliver();
    run(2s);
    bool done = false;
    drained.receive([&](atom::done) { done = true; }, [](const caf::error&) {});
    CHECK(done);
    CHECK(sent(hook.id) == 2);
    create_webhook request;
    request.settings.url = "https://hooks.test/9";
    auto late = ask<webhook_answer>(hub, request);
    REQUIRE(!late);
    CHECK(late.error() == ec::shutting_down);
    crash();
    start();
    run(10s);
    CHECK(sent_counts(hook.id) == counts(5, 1));
  }

  TEST_CASE_FIXTURE(started, "a stop does not wait for ever; what did not end is attempted again") {
    auto hook = add({});
    receiver = [](const received&) {
      auto out = status(200);
      out.hangs = true;
      return out;
    };
    publish();
    run(200ms);
    auto drained = self->request(hub, 60s, atom::drain_v);
    deliver();
    run(options.stop_grace);
    bool done = false;
    drained.receive([&](atom::done) { done = true; }, [](const caf::error&) {});
    CHECK(done);
    crash();
    answer_after(0ms);
    start();
    run(1s);
    CHECK(sent(hook.id, 1) == 2);
  }

  TEST_CASE_FIXTURE(started, "a hub that ends takes its endpoints along") {
    auto hook = add({});
    publish();
    auto child = ask<replay_taker_actor>(hub, atom::find_v, hook.id);
    REQUIRE(child);
    crash();
    auto status = ask<consumer_status>(caf::actor_cast<consumer_actor>(*child), atom::status_v);
    REQUIRE(!status);
    CHECK(status.error() == caf::sec::request_receiver_down);
    CHECK(stats->webhook_in_flight == 0);
  }

  TEST_CASE_FIXTURE(started, "after 410 nothing more is begun, and it is told once") {
    webhook_settings own;
    own.max_in_flight = 3;
    auto hook = add(own);
    receiver = [](const received&) {
      auto out = status(410);
      out.after = 500ms;
      return out;
    };
    for (int i = 0; i < 30; ++i)
      publish();
    // The log does not accept the report yet, so it stays enabled.
    log.refuses = true;
    run(5s);
    CHECK(sent(hook.id) == 3);
    log.refuses = false;
    run(5min, 1s);
    CHECK(!store.all.at(hook.id).webhook.enabled);
    CHECK(log.published.size() == 1);
    CHECK(sent(hook.id) <= 6);
  }

  TEST_CASE_FIXTURE(started, "attempts that wait for their turn by the rate are slowed down, too") {
    webhook_settings own;
    own.rate_per_second = 1.0;
    own.max_in_flight = 8;
    auto hook = add(own);
    receiver = [](const received& x) { return x.seq == 1 ? status(429, "60") : status(200); };
    for (int i = 0; i < 6; ++i)
      publish();
    run(59s);
    CHECK(sent(hook.id) == 1);
    run(30s);
    CHECK(sent_counts(hook.id) == counts{2, 1, 1, 1, 1, 1});
  }
}
