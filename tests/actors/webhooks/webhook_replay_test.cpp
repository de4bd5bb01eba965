#include "actors/consumers/supervisor.hpp"
#include "messages/codec/catalogue/webhook.hpp"
#include "tests/actors/webhooks/webhook_hub_world.hpp"
#include "tests/support/printing.hpp"

using namespace carillon;
using namespace carillon::test;
using namespace std::chrono_literals;

TEST_SUITE("actors/webhook_replay") {
  namespace {

  struct with_supervisor : hub_world {
    supervisor_actor boss;

    with_supervisor() {
      start();
      boss = spawn_boss(hub);
    }

    ~with_supervisor() {
      end(boss);
    }

    /// Its replays deliver two events at a time.
    supervisor_actor spawn_boss(webhook_hub_actor webhooks) {
      consumer_env consumers{router, reader, handles.consumers, [this] { return now(); }, {}, {}};
      supervisor_options own;
      own.replay.page_events = 2;
      return sys.spawn(
        supervisor, supervisor_env{consumers, handles.replays, reader, own, std::move(webhooks)});
    }

    void end(const supervisor_actor& x) {
      self->send(x, atom::drain_v);
      deliver();
      stop(x);
    }

    caf::expected<replay_record> replay(std::string_view target,
                                        std::optional<std::string> company = {}) {
      auto to = replay_target_from(target);
      if (!to)
        return to_error(to.error());
      create_replay request;
      request.record.target = std::move(*to);
      request.record.filter.company_id = std::move(company);
      return ask<replay_record>(boss, request);
    }

    size_t replayed(uint64_t id, position seq) const {
      auto is_it = [&](const auto& x) {
        const auto& headers = x.request.headers;
        return x.webhook_id == id && x.seq == seq
               && std::any_of(headers.begin(), headers.end(),
                              [](const auto& y) { return y.first == "carillon-replay"; });
      };
      return static_cast<size_t>(std::count_if(calls.begin(), calls.end(), is_it));
    }

    /// Times each event was replayed to a webhook.
    std::vector<size_t> all_replayed(uint64_t id) const {
      std::vector<size_t> out;
      for (position seq = 1; seq <= log.head(); ++seq)
        out.push_back(replayed(id, seq));
      return out;
    }
  };

  } // namespace

  TEST_CASE_FIXTURE(with_supervisor, "a replay goes to one webhook, marked, its cursor unmoved") {
    auto hook = add({});
    auto other = add({});
    for (int i = 0; i < 3; ++i)
      publish();
    run(40s, 1s);
    CHECK(!is_running(hook.id));
    auto made = replay("webhook/1");
    REQUIRE_MESSAGE(made, sys.render(made.error()));
    CHECK(made->matched == 3);
    run(3s);
    for (position seq = 1; seq <= 3; ++seq) {
      CHECK(replayed(hook.id, seq) == 1);
      CHECK(replayed(other.id, seq) == 0);
      CHECK(sent(hook.id, seq) == 2);
    }
    CHECK(state.replays.at(0).phase == replay_phase::done);
    CHECK(state.cursor("webhook.1") == 3);
    publish();
    run(1s);
    CHECK(sent(hook.id, 4) == 1);
    CHECK(replayed(hook.id, 4) == 0);
  }

  TEST_CASE_FIXTURE(with_supervisor, "a replay to all webhooks goes to those of its company") {
    webhook_settings own;
    own.company_id = "c-1";
    add(own);
    own.company_id = "c-2";
    add(own);
    add({});
    publish("order.created", "c-1");
    publish("order.created", "c-2");
    run(2s);
    REQUIRE(replay("webhooks", "c-1"));
    run(3s);
    CHECK(replayed(1, 1) == 1);
    CHECK(replayed(3, 1) == 1);
    CHECK(replayed(3, 2) == 0);
    CHECK(replayed(2, 2) == 0);
    REQUIRE(replay("all"));
    run(3s);
    CHECK(replayed(2, 2) == 1);
    CHECK(replayed(3, 2) == 1);
  }

  TEST_CASE_FIXTURE(with_supervisor, "a replay to a webhook that cannot take it is refused") {
    auto hook = add({});
    for (const auto* target : {"webhook/99", "webhook/01", "webhook/", "webhook/x"}) {
      CAPTURE(target);
      auto made = replay(target);
      REQUIRE(!made);
      CHECK(made.error() == ec::not_found);
      CHECK(to_failure(made.error()).field == "target");
    }
    CHECK(replay("nonsense").error() == ec::invalid_argument);
    REQUIRE(enable(hook.id, false));
    CHECK(replay("webhook/1").error() == ec::conflict);
    CHECK(state.replays.empty());
    auto without = spawn_boss({});
    create_replay request;
    request.record.target = replay_target::webhooks();
    auto refused = ask<replay_record>(without, request);
    REQUIRE(!refused);
    CHECK(refused.error() == ec::not_found);
    end(without);
  }

  TEST_CASE_FIXTURE(with_supervisor, "one that is disabled meanwhile does not hold up the others") {
    add({});
    add({});
    for (int i = 0; i < 10; ++i)
      publish();
    run(2s);
    // Two in a row at most, then it waits for the receiver.
    receiver = [](const received&) {
      auto out = status(200);
      out.after = 1s;
      return out;
    };
    REQUIRE(replay("webhooks"));
    run(100ms);
    REQUIRE(enable(1, false));
    run(2min);
    CHECK(all_replayed(2) == counts(10, 1));
    CHECK(all_replayed(1) < counts(10, 1));
    REQUIRE(state.replays.size() == 1);
    CHECK(state.replays[0].phase == replay_phase::done);
  }

  TEST_CASE_FIXTURE(with_supervisor, "one whose start is held up delays the page for itself only") {
    add({});
    add({});
    for (int i = 0; i < 4; ++i)
      publish();
    run(40s, 1s);
    CHECK(!is_running(1));
    gate.holds = true;
    REQUIRE(replay("webhooks"));
    run(20s);
    open_gate();
    run(2min);
    CHECK(all_replayed(1) == counts(4, 1));
    CHECK(all_replayed(2) == counts(4, 1));
    CHECK(state.replays.at(0).phase == replay_phase::done);
  }

  TEST_CASE_FIXTURE(with_supervisor, "an interrupted replay to a webhook that is gone has failed") {
    auto hook = add({});
    publish();
    run(2s);
    replay_record record;
    record.id = 1;
    record.target = replay_target::webhook(hook.id);
    record.up_to = 1;
    state.replays.push_back(record);
    SUBCASE("disabled") {
      REQUIRE(enable(hook.id, false));
    }
    SUBCASE("deleted") {
      REQUIRE(ask<atom::done>(hub, delete_webhook{hook.id, {}, {}}));
    }
    auto again = spawn_boss(hub);
    // As after the last registration of a handler.
    self->send(again, atom::restart_v, std::string{});
    run(5s);
    CHECK(state.replays[0].phase == replay_phase::failed);
    CHECK(!state.replays[0].error.empty());
    end(again);
  }
}
