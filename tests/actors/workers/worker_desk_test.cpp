#include "actors/workers/worker_desk.hpp"

#include "tests/actors/consumers/consumer_fixture.hpp"
#include "tests/support/random_run.hpp"

#include <caf/send.hpp>

#include <map>
#include <random>
#include <string>
#include <vector>

using namespace carillon;
using carillon::test::seed_of_run;
using namespace std::chrono_literals;

TEST_SUITE("actors/worker_desk") {
  namespace {

  /// A worker that keeps what it gets.
  struct seen {
    std::vector<handed_delivery> got;
    std::vector<size_t> messages;
    position committed = 0;
    bool drained = false;
  };

  worker_actor::behavior_type run_worker(worker_actor::pointer, seen* st) {
    return {
      [st](const handed_deliveries_ptr& x) {
        st->messages.push_back(x->size());
        st->got.insert(st->got.end(), x->begin(), x->end());
      },
      [st](atom::committed, position x) { st->committed = x; },
      [st](atom::drain) { st->drained = true; },
      [](const std::string&) {},
      [](atom::closed) {},
    };
  }

  /// A consumer whose deliveries go to a desk.
  struct fixture : test::consumer_fixture {
    worker_desk_actor desk;
    /// Of the order `per_key`.
    position keys = 1;
    /// The keys of the first events instead, one letter for each.
    std::string letters;
    std::vector<draft_ptr> published;
    std::map<std::string, seen> all_seen;
    std::map<std::string, worker_actor> workers;
    std::map<std::string, uint64_t> ids;
    /// The last one.
    worker_hello hello;

    ~fixture() {
      if (desk != nullptr)
        ask<atom::done>(desk, atom::drain_v);
      if (aut != nullptr)
        stop(aut);
      aut = nullptr;
      for (auto& [name, x] : workers)
        stop(x);
      if (desk != nullptr)
        stop(desk);
    }

    void begin(remote_consumer settings = {}) {
      settings.name = "sut";
      worker_desk_env given;
      given.settings = settings;
      given.now = [this] { return now(); };
      given.history = "h1";
      given.publish = [this](const draft_ptr& x) { published.push_back(x); };
      desk = sys.spawn(worker_desk, std::move(given));
      consumer_policy policy;
      policy.order = settings.order;
      policy.max_attempts = settings.max_attempts;
      policy.retry_schedule = settings.retry_schedule;
      policy.deadline = no_deadline;
      policy.in_flight = settings.max_in_flight;
      policy.max_per_key = settings.max_per_key;
      if (!letters.empty())
        policy.key = [all = letters](const event& x) { return all.substr(x.seq - 1, 1); };
      else if (keys > 1)
        policy.key = [n = keys](const event& x) { return std::to_string(x.seq % n); };
      auto out = *spec(caf::actor_cast<caf::actor>(desk), std::move(policy));
      out.on_demand = true;
      start(std::make_shared<const consumer_settings>(std::move(out)));
    }

    seen& join(const std::string& name, uint64_t credit) {
      workers[name] = sys.spawn(run_worker, &all_seen[name]);
      hello = *ask<worker_hello>(desk, atom::attach_v, workers[name]);
      ids[name] = hello.worker;
      grant(name, credit);
      return all_seen[name];
    }

    void grant(const std::string& name, uint64_t credit) {
      self->send(desk, atom::room_v, ids[name], credit);
      deliver();
    }

    std::vector<std::string> settle(const std::string& name, settlement x) {
      settle_deliveries request{.worker = name.empty() ? 0 : ids[name], .items = {std::move(x)}};
      return ask<settled_deliveries>(desk, request)->stale;
    }

    std::vector<std::string> ack(const std::string& name, position seq) {
      return settle(name, {.id = "sut-" + std::to_string(seq)});
    }

    worker_status desk_status() {
      return *ask<worker_status>(desk, atom::status_v);
    }

    /// Kills it, as a lost connection does.
    void lose(const std::string& name) {
      stop(workers[name]);
    }

    static std::vector<position> positions(const seen& x) {
      std::vector<position> out;
      for (const auto& y : x.got)
        out.push_back(y.what.event->seq);
      return out;
    }
  };

  } // namespace

  TEST_CASE_FIXTURE(fixture, "without a worker nothing is delivered, and no attempt is lost") {
    begin();
    live(3);
    pass(10min);
    CHECK(state.cursor("sut") == 0);
    CHECK(status().failed == 0);
    CHECK(desk_status().alone_since);
    auto& a = join("a", 10);
    CHECK(positions(a) == upto(3));
    CHECK(a.got[0].what.attempt == 1);
    CHECK(!desk_status().alone_since);
  }

  TEST_CASE_FIXTURE(fixture, "a worker learns at once which opening delivers, of which history") {
    begin();
    join("a", 1);
    CHECK(hello.generation == 1);
    CHECK(hello.history == "h1");
    CHECK(desk_status().generation == 1);
    live(1);
    CHECK(all_seen["a"].got.at(0).fence.substr(0, 2) == "1.");
  }

  TEST_CASE_FIXTURE(fixture, "who joins before the consumer is open is greeted when it is") {
    desk = sys.spawn(worker_desk, worker_desk_env{.now = [this] { return now(); }});
    workers["a"] = sys.spawn(run_worker, &all_seen["a"]);
    workers["b"] = sys.spawn(run_worker, &all_seen["b"]);
    auto first = self->request(desk, 1min, atom::attach_v, workers["a"]);
    self->request(desk, 1min, atom::attach_v, workers["b"]);
    deliver();
    CHECK(desk_status().workers == 2);
    CHECK(desk_status().generation == 0);
    lose("b");
    caf::anon_send(desk, atom::attach_v, consumer_actor{}, uint64_t{7});
    deliver();
    uint64_t generation = 0;
    first.receive([&](const worker_hello& x) { generation = x.generation; },
                  [](const caf::error&) {});
    CHECK(generation == 7);
    CHECK(desk_status().workers == 1);
  }

  TEST_CASE_FIXTURE(fixture, "who waits for the consumer is refused when the node stops") {
    desk = sys.spawn(worker_desk, worker_desk_env{.now = [this] { return now(); }});
    workers["a"] = sys.spawn(run_worker, &all_seen["a"]);
    auto waiting = self->request(desk, 1min, atom::attach_v, workers["a"]);
    deliver();
    caf::anon_send(desk, atom::drain_v);
    deliver();
    bool refused = false;
    waiting.receive([](const worker_hello&) {},
                    [&](const caf::error& x) { refused = x == ec::shutting_down; });
    CHECK(refused);
  }

  TEST_CASE_FIXTURE(fixture,
                    "a consumer that has events and no worker is reported, once each time") {
    begin();
    pass_in_steps(20min, 1min);
    CHECK(published.empty());
    live(2);
    pass_in_steps(20min, 1min);
    REQUIRE(published.size() == 1);
    CHECK(published[0]->type == "consumer.stalled");
    CHECK(published[0]->data.find(R"("lag":2)") != std::string::npos);
    join("a", 1);
    lose("a");
    pass_in_steps(20min, 1min);
    CHECK(published.size() == 2);
    CHECK(published[1]->id != published[0]->id);
  }

  TEST_CASE_FIXTURE(fixture, "deliveries stay within the credit, and travel together") {
    begin();
    auto& a = join("a", 4);
    live(10);
    CHECK(positions(a) == upto(4));
    CHECK(a.messages == std::vector<size_t>{4});
    ack("a", 1);
    ack("a", 2);
    CHECK(positions(a) == upto(4));
    grant("a", 2);
    CHECK(positions(a) == upto(6));
  }

  TEST_CASE_FIXTURE(fixture, "workers hear how far the cursor is durable") {
    begin();
    auto& a = join("a", 10);
    live(3);
    for (position seq = 1; seq <= 3; ++seq)
      ack("a", seq);
    pass_in_steps(10s, 100ms);
    CHECK(state.cursor("sut") == 3);
    CHECK(a.committed == 3);
  }

  TEST_CASE_FIXTURE(fixture,
                    "a rejected delivery comes again, and becomes a dead letter at the end") {
    remote_consumer settings;
    settings.max_attempts = 2;
    settings.retry_schedule = {2s};
    begin(settings);
    auto& a = join("a", 10);
    live(1);
    settle("a", {.what = settlement::kind::nack, .id = "sut-1", .reason = "no"});
    CHECK(a.got.size() == 1);
    pass_in_steps(3s, 100ms);
    REQUIRE(a.got.size() == 2);
    CHECK(a.got[1].what.attempt == 2);
    CHECK(a.got[1].id == a.got[0].id);
    CHECK(a.got[1].fence != a.got[0].fence);
    settle("a", {.what = settlement::kind::nack, .id = "sut-1", .reason = "still not"});
    pass_in_steps(3s, 100ms);
    REQUIRE(state.letters.size() == 1);
    CHECK(state.letters[0].last_error == "still not");
    CHECK(state.cursor("sut") == 1);
  }

  TEST_CASE_FIXTURE(fixture, "a delivery that is dead is not tried again") {
    begin();
    auto& a = join("a", 10);
    live(1);
    settle("a", {.what = settlement::kind::nack, .id = "sut-1", .reason = "broken", .dead = true});
    pass_in_steps(3s, 100ms);
    CHECK(a.got.size() == 1);
    REQUIRE(state.letters.size() == 1);
    CHECK(state.letters[0].attempts == 1);
    CHECK(state.letters[0].last_error == "broken");
  }

  TEST_CASE_FIXTURE(fixture, "what a lost worker had is with another after a second, in order") {
    begin();
    auto& a = join("a", 3);
    live(3);
    CHECK(positions(a) == upto(3));
    auto& b = join("b", 10);
    lose("a");
    CHECK(b.got.empty());
    pass(1s);
    CHECK(positions(b) == upto(3));
    CHECK(b.got[0].what.attempt == 1);
    CHECK(ack("a", 1) == std::vector<std::string>{"sut-1"});
    CHECK(ack("b", 1).empty());
    CHECK(desk_status().lost == 3);
    CHECK(desk_status().stale == 1);
  }

  TEST_CASE_FIXTURE(fixture, "a silent worker loses its deliveries after the deadline") {
    remote_consumer settings;
    settings.ack_timeout = 5s;
    settings.retry_schedule = {0ms};
    begin(settings);
    auto& a = join("a", 1);
    auto& b = join("b", 1);
    live(1);
    auto first = a.got.empty() ? "b" : "a";
    auto second = a.got.empty() ? "a" : "b";
    pass_in_steps(7s, 100ms);
    REQUIRE(all_seen[second].got.size() == 1);
    CHECK(all_seen[second].got[0].what.attempt == 2);
    CHECK(ack(first, 1).size() == 1);
    CHECK(ack(second, 1).empty());
    CHECK(a.got.size() + b.got.size() == 2);
  }

  TEST_CASE_FIXTURE(fixture,
                    "with an order per key, one event of a key is with workers at a time") {
    remote_consumer settings;
    settings.order = delivery_order::per_key;
    begin(settings);
    auto& a = join("a", 10);
    auto& b = join("b", 10);
    live(5);
    CHECK(a.got.size() + b.got.size() == 1);
    for (position seq = 1; seq <= 5; ++seq) {
      CHECK(a.got.size() + b.got.size() == seq);
      CHECK(ack(a.got.empty() || a.got.back().what.event->seq != seq ? "b" : "a", seq).empty());
    }
    CHECK(status().delivered == 5);
  }

  /// Of one key, of which three events may be with a worker.
  remote_consumer three_per_key() {
    remote_consumer out;
    out.order = delivery_order::per_key;
    out.max_per_key = 3;
    return out;
  }

  TEST_CASE_FIXTURE(fixture,
                    "several events of a key are with one worker, and no more than may be") {
    begin(three_per_key());
    auto& a = join("a", 10);
    auto& b = join("b", 10);
    live(5);
    auto& holder = a.got.empty() ? b : a;
    auto name = a.got.empty() ? "b" : "a";
    CHECK(positions(holder) == upto(3));
    CHECK(a.got.size() + b.got.size() == 3);
    ack(name, 2);
    CHECK(positions(holder) == upto(4));
    ack(name, 1);
    CHECK(positions(holder) == upto(5));
  }

  TEST_CASE_FIXTURE(fixture,
                    "what follows waits for its worker's credit, and takes none of others") {
    begin(three_per_key());
    auto& a = join("a", 2);
    live(1);
    CHECK(positions(a) == upto(1));
    auto& b = join("b", 4);
    live(2);
    CHECK(positions(a) == upto(2));
    CHECK(b.got.empty());
    grant("a", 1);
    CHECK(positions(a) == upto(3));
    live(2);
    ack("a", 1);
    CHECK(b.got.empty());
    ack("a", 2);
    CHECK(b.got.empty());
    // Nothing of the key is with it any more: anybody may go on.
    ack("a", 3);
    CHECK(positions(b) == std::vector<position>{4, 5});
    CHECK(b.got[0].what.attempt == 1);
    ack("b", 4);
    ack("b", 5);
    CHECK(status().delivered == 5);
  }

  TEST_CASE_FIXTURE(fixture, "what waits for a worker that is lost goes on in order") {
    begin(three_per_key());
    auto& a = join("a", 1);
    live(3);
    CHECK(positions(a) == upto(1));
    auto& b = join("b", 5);
    CHECK(b.got.empty());
    lose("a");
    pass(1s);
    CHECK(positions(b) == upto(3));
    for (const auto& x : b.got)
      CHECK(x.what.attempt == 1);
  }

  TEST_CASE_FIXTURE(fixture,
                    "what is released together comes again in order, with what waits behind") {
    begin(three_per_key());
    auto& a = join("a", 2);
    live(3);
    REQUIRE(positions(a) == upto(2));
    auto& b = join("b", 5);
    self->send(desk, atom::drain_v, ids["a"]);
    deliver();
    settle_deliveries all{.worker = ids["a"]};
    // In the other order.
    for (const char* id : {"sut-2", "sut-1"})
      all.items.push_back({.what = settlement::kind::release, .id = id});
    CHECK(ask<settled_deliveries>(desk, all)->stale.empty());
    CHECK(positions(b) == upto(3));
    for (const auto& x : b.got)
      CHECK(x.what.attempt == 1);
    CHECK(a.got.size() == 2);
  }

  TEST_CASE_FIXTURE(fixture,
                    "what waits for a worker when the node stops is delivered again later") {
    begin(three_per_key());
    auto& a = join("a", 1);
    live(3);
    join("b", 5);
    // Not by `ask`, which lets a second pass.
    caf::anon_send(aut, atom::drain_v);
    caf::anon_send(desk, atom::drain_v);
    deliver();
    ack("a", 1);
    pass_in_steps(2s, 100ms);
    CHECK(a.got.size() == 1);
    CHECK(all_seen["b"].got.empty());
    CHECK(state.cursor("sut") == 1);
    CHECK(status().failed == 0);
  }

  TEST_CASE_FIXTURE(fixture, "with an order per key, what is near the cursor goes first") {
    remote_consumer settings;
    settings.order = delivery_order::per_key;
    settings.max_in_flight = 2;
    letters = "ABACDE";
    begin(settings);
    auto& a = join("a", 2);
    live(6);
    REQUIRE(positions(a) == upto(2));
    CHECK(ack("a", 1).empty());
    pass_in_steps(2s, 100ms);
    grant("a", 1);
    // The third event waited for its key while the first ones of other keys were ready already.
    CHECK(positions(a) == upto(3));
  }

  TEST_CASE_FIXTURE(fixture, "a pull takes what there is, or waits for it") {
    begin();
    live(3);
    auto got = ask<handed_deliveries_ptr>(desk, pull_deliveries{.most = 2, .wait = 0ms});
    REQUIRE(got);
    REQUIRE((*got)->size() == 2);
    CHECK(settle("", {.id = "sut-1"}).size() == 1);
    CHECK(settle("", {.id = "sut-1", .fence = (*got)->at(0).fence}).empty());
    auto rest = ask<handed_deliveries_ptr>(desk, pull_deliveries{.most = 5, .wait = 0ms});
    REQUIRE((*rest)->size() == 1);
    CHECK((*rest)->at(0).what.event->seq == 3);
    // Nothing is there: it waits, and an event ends the wait.
    handed_deliveries_ptr late;
    self->request(desk, 1min, pull_deliveries{.most = 5, .wait = 20s});
    deliver();
    CHECK(desk_status().pulls == 1);
    live(1);
    self->receive([&](const handed_deliveries_ptr& x) { late = x; }, caf::after(0s) >> [] {});
    CHECK(desk_status().pulls == 0);
  }

  TEST_CASE_FIXTURE(fixture, "a pull whose time is over gets nothing, and takes nothing") {
    begin();
    bool answered = false;
    auto rh = self->request(desk, 1min, pull_deliveries{.most = 5, .wait = 2s});
    deliver();
    pass(2s);
    rh.receive([&](const handed_deliveries_ptr& x) { answered = x->empty(); },
               [](const caf::error&) {});
    CHECK(answered);
    live(1);
    CHECK(desk_status().in_flight == 0);
  }

  TEST_CASE_FIXTURE(fixture, "what a worker that stands still pulled is not pulled by it again") {
    remote_consumer settings;
    settings.ack_timeout = 2s;
    settings.retry_schedule = {0ms};
    begin(settings);
    live(2);
    auto got = ask<handed_deliveries_ptr>(desk, pull_deliveries{.worker = "still", .most = 2});
    REQUIRE((*got)->size() == 2);
    // Asked before it stood still: it waits for more than others.
    bool ended = false;
    auto still
      = self->request(desk, 1min, pull_deliveries{.worker = "still", .most = 90, .wait = 20s});
    handed_deliveries_ptr heir;
    auto other
      = self->request(desk, 1min, pull_deliveries{.worker = "heir", .most = 10, .wait = 20s});
    deliver();
    pass_in_steps(2s, 100ms);
    still.receive([&](const handed_deliveries_ptr& x) { ended = x->empty(); },
                  [](const caf::error&) {});
    other.receive([&](const handed_deliveries_ptr& x) { heir = x; }, [](const caf::error&) {});
    CHECK(ended);
    REQUIRE(heir != nullptr);
    CHECK(heir->size() == 2);
    for (const auto& x : *heir)
      CHECK(x.what.attempt == 2);
    auto status = desk_status();
    CHECK(status.pulls == 0);
    CHECK(status.expired == 2);
  }

  TEST_CASE_FIXTURE(fixture, "a slow worker that pulls again has what came back") {
    remote_consumer settings;
    settings.ack_timeout = 2s;
    settings.retry_schedule = {0ms};
    begin(settings);
    live(1);
    auto got = ask<handed_deliveries_ptr>(desk, pull_deliveries{.worker = "slow", .most = 1});
    REQUIRE((*got)->size() == 1);
    self->request(desk, 1min, pull_deliveries{.worker = "slow", .most = 1, .wait = 20s});
    deliver();
    pass_in_steps(3s, 100ms);
    REQUIRE(desk_status().pulls == 0);
    auto again = ask<handed_deliveries_ptr>(desk, pull_deliveries{.worker = "slow", .most = 1});
    REQUIRE((*again)->size() == 1);
    CHECK((*again)->at(0).what.attempt == 2);
  }

  TEST_CASE_FIXTURE(fixture, "a pull in doubt is answered with what it took already, and no more") {
    remote_consumer settings;
    settings.ack_timeout = 2s;
    settings.batch.wait = 1s;
    settings.retry_schedule = {0ms};
    begin(settings);
    handed_deliveries_ptr first;
    auto early = self->request(desk, 1min, pull_deliveries{.worker = "x", .most = 1, .wait = 20s});
    live(1);
    pass_in_steps(1s, 100ms);
    early.receive([&](const handed_deliveries_ptr& x) { first = x; }, [](const caf::error&) {});
    REQUIRE(first != nullptr);
    REQUIRE(first->size() == 1);
    handed_deliveries_ptr second;
    auto late = self->request(desk, 1min, pull_deliveries{.worker = "x", .most = 9, .wait = 20s});
    deliver();
    // The first one was handed over a second ago, and fails while this one waits to be sent.
    pass_in_steps(700ms, 100ms);
    live(1);
    pass_in_steps(1500ms, 100ms);
    late.receive([&](const handed_deliveries_ptr& x) { second = x; }, [](const caf::error&) {});
    REQUIRE(second != nullptr);
    REQUIRE(second->size() == 1);
    CHECK(second->at(0).what.event->seq == 2);
    auto status = desk_status();
    CHECK(status.pulls == 0);
    CHECK(status.in_flight == 1);
  }

  TEST_CASE_FIXTURE(fixture, "only the pull that is named ends") {
    begin();
    auto rh = self->request(desk, 1min, pull_deliveries{.ticket = 9, .most = 5, .wait = 20s});
    self->request(desk, 1min, pull_deliveries{.most = 5, .wait = 20s});
    deliver();
    caf::anon_send(desk, atom::closed_v, uint64_t{8});
    caf::anon_send(desk, atom::closed_v, uint64_t{0});
    deliver();
    CHECK(desk_status().pulls == 2);
    caf::anon_send(desk, atom::closed_v, uint64_t{9});
    deliver();
    CHECK(desk_status().pulls == 1);
    bool empty = false;
    rh.receive([&](const handed_deliveries_ptr& x) { empty = x->empty(); },
               [](const caf::error&) {});
    CHECK(empty);
  }

  TEST_CASE_FIXTURE(fixture, "what an ended pull took is with another worker at once") {
    remote_consumer settings;
    settings.batch.wait = 1s;
    settings.order = delivery_order::per_key;
    begin(settings);
    auto rh = self->request(desk, 1min, pull_deliveries{.ticket = 9, .most = 5, .wait = 20s});
    deliver();
    live(2);
    caf::anon_send(desk, atom::closed_v, uint64_t{9});
    deliver();
    size_t got = 99;
    rh.receive([&](const handed_deliveries_ptr& x) { got = x->size(); }, [](const caf::error&) {});
    CHECK(got == 0);
    CHECK(desk_status().pulls == 0);
    CHECK(desk_status().in_flight == 0);
    CHECK(desk_status().lost == 0);
    live(1);
    CHECK(desk_status().in_flight == 0);
    auto& b = join("b", 5);
    pass(1s);
    REQUIRE(b.got.size() == 1);
    CHECK(b.got[0].what.event->seq == 1);
    CHECK(b.got[0].what.attempt == 1);
    CHECK(status().failed == 0);
  }

  TEST_CASE_FIXTURE(fixture, "released deliveries come again at once, in order, and cost nothing") {
    remote_consumer settings;
    settings.max_attempts = 1;
    begin(settings);
    auto& a = join("a", 3);
    live(3);
    REQUIRE(a.got.size() == 3);
    auto& b = join("b", 3);
    for (position seq = 1; seq <= 3; ++seq)
      CHECK(settle("a", {.what = settlement::kind::release, .id = "sut-" + std::to_string(seq)})
              .empty());
    CHECK(a.got.size() == 3);
    REQUIRE(positions(b) == upto(3));
    for (const auto& x : b.got)
      CHECK(x.what.attempt == 1);
    CHECK(ack("a", 1).size() == 1);
    CHECK(ack("b", 1).empty());
    CHECK(status().failed == 0);
    CHECK(state.letters.empty());
  }

  TEST_CASE_FIXTURE(fixture, "a consumer that is started again supersedes what workers have") {
    begin();
    auto& a = join("a", 4);
    live(2);
    REQUIRE(a.got.size() == 2);
    auto before = a.got[0].fence;
    auto settings = spec(caf::actor_cast<caf::actor>(desk));
    auto again = *settings;
    again.on_demand = true;
    again.policy.deadline = no_deadline;
    stop(aut);
    start(std::make_shared<const consumer_settings>(std::move(again)));
    CHECK(settle("", {.id = "sut-1", .fence = before}).size() == 1);
    grant("a", 4);
    REQUIRE(a.got.size() == 4);
    CHECK(a.got[2].what.event->seq == 1);
    CHECK(a.got[2].fence.substr(0, 2) == "2.");
  }

  TEST_CASE_FIXTURE(fixture,
                    "at the end workers may settle for a second, the rest is delivered again") {
    begin();
    auto& a = join("a", 4);
    live(2);
    // Not by `ask`, which lets a second pass.
    caf::anon_send(aut, atom::drain_v);
    caf::anon_send(desk, atom::drain_v);
    deliver();
    CHECK(a.drained);
    ack("a", 1);
    pass_in_steps(2s, 100ms);
    CHECK(state.cursor("sut") == 1);
    CHECK(status().failed == 0);
    CHECK(ack("a", 2).size() == 1);
  }

  TEST_CASE("whatever workers do, a good one at the end has every event, in the order of its key") {
    struct variant {
      delivery_order order;
      uint32_t max_per_key = 1;
    };
    for (auto [order, max_per_key] :
         {variant{delivery_order::none}, variant{delivery_order::per_key},
          variant{delivery_order::per_key, 3}, variant{delivery_order::total}}) {
      auto seed = seed_of_run();
      CAPTURE(seed);
      CAPTURE(static_cast<int>(order));
      CAPTURE(max_per_key);
      std::minstd_rand random{seed};
      auto upto = [&](size_t n) { return std::uniform_int_distribution<size_t>{0, n}(random); };
      fixture f;
      remote_consumer settings;
      f.keys = 8;
      settings.order = order;
      settings.max_per_key = max_per_key;
      settings.max_in_flight = 12;
      settings.ack_timeout = 60s;
      settings.max_attempts = 100;
      settings.retry_schedule = {100ms};
      f.begin(settings);
      std::vector<std::string> present;
      int next = 0;
      for (int step = 0; step < 600; ++step) {
        switch (upto(9)) {
        case 0:
          f.live(1 + upto(20));
          break;
        case 1:
          if (present.size() < 4) {
            present.push_back("w-" + std::to_string(next++));
            f.join(present.back(), upto(6));
          }
          break;
        case 2:
          if (!present.empty() && upto(2) == 0) {
            f.lose(present.front());
            present.erase(present.begin());
          }
          break;
        case 3:
          if (!present.empty())
            f.grant(present[upto(present.size() - 1)], 1 + upto(4));
          break;
        case 4:
          f.pass(std::chrono::milliseconds{upto(900)});
          break;
        default:
          if (!present.empty()) {
            const auto& name = present[upto(present.size() - 1)];
            settle_deliveries all{.worker = f.ids[name]};
            for (const auto& x : f.all_seen[name].got)
              all.items.push_back(
                {.what = upto(30) == 0 ? settlement::kind::nack : settlement::kind::ack,
                 .id = x.id});
            f.all_seen[name].got.clear();
            auto settled = all.items.size();
            // Not by `ask`, which lets a second pass.
            caf::anon_send(f.desk, std::move(all));
            f.grant(name, settled);
          }
        }
      }
      for (const auto& name : present)
        f.lose(name);
      auto& good = f.join("good", 8);
      size_t done = 0;
      auto is_done = [&] {
        auto status = f.status();
        return f.state.cursor("sut") == f.log.head() && status.retrying == 0
               && status.in_flight == 0;
      };
      for (int turn = 0; turn < 2'000 && !is_done(); ++turn) {
        settle_deliveries all{.worker = f.ids["good"]};
        for (; done < good.got.size(); ++done)
          all.items.push_back({.id = good.got[done].id});
        auto settled = all.items.size();
        caf::anon_send(f.desk, std::move(all));
        f.grant("good", settled);
        f.pass(100ms);
      }
      CHECK(f.state.cursor("sut") == f.log.head());
      CHECK(f.status().retrying == 0);
      for (const auto& x : f.state.letters)
        FAIL_CHECK("a dead letter: ", x.seq, " ", x.attempts, " ", x.last_error);
      CHECK(f.desk_status().in_flight == 0);
    }
  }

  TEST_CASE_FIXTURE(fixture, "too many workers and pulls are refused") {
    worker_desk_env given;
    given.settings.name = "sut";
    given.now = [this] { return now(); };
    given.options.max_workers = 1;
    desk = sys.spawn(worker_desk, std::move(given));
    caf::anon_send(desk, atom::attach_v, consumer_actor{}, uint64_t{1});
    join("a", 1);
    auto b = sys.spawn(run_worker, &all_seen["b"]);
    workers["b"] = b;
    auto refused = ask<worker_hello>(desk, atom::attach_v, b);
    REQUIRE(!refused);
    CHECK(refused.error() == ec::overloaded);
    self->request(desk, 1min, pull_deliveries{.most = 1, .wait = 1min});
    deliver();
    auto another = ask<handed_deliveries_ptr>(desk, pull_deliveries{.most = 1, .wait = 1min});
    REQUIRE(!another);
    CHECK(another.error() == ec::overloaded);
  }
}
