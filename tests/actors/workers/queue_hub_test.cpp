#include "actors/workers/queue_hub.hpp"

#include "actors/jobs/job_dispatcher.hpp"
#include "messages/workers/remote_queue.hpp"
#include "tests/actors/fake_jobs.hpp"
#include "tests/support/random_run.hpp"

#include <caf/actor_cast.hpp>
#include <caf/event_based_actor.hpp>
#include <caf/send.hpp>
#include <caf/typed_response_promise.hpp>

#include <map>
#include <memory>
#include <random>
#include <set>
#include <string>
#include <vector>

using namespace carillon;
using carillon::test::seed_of_run;
using namespace std::chrono_literals;

TEST_SUITE("actors/queue_hub") {
  namespace {

  /// A worker that keeps what it gets.
  struct pile {
    std::vector<handed_delivery> got;
    int messages = 0;
    bool drained = false;
  };

  worker_actor::behavior_type run_job_worker(worker_actor::pointer, pile* st) {
    return {
      [st](const handed_deliveries_ptr& x) {
        ++st->messages;
        st->got.insert(st->got.end(), x->begin(), x->end());
      },
      [](atom::committed, position) {},
      [st](atom::drain) { st->drained = true; },
      [](const std::string&) {},
      [](atom::closed) {},
    };
  }

  /// A dispatcher with a store in memory, and the hub of the desks that it feeds.
  struct fixture : test::deterministic {
    test::fake_jobs store;
    caf::actor state;
    job_dispatcher_actor dispatcher;
    queue_hub_actor hub;
    bounds shared;
    worker_options options;
    std::map<std::string, pile> piles;
    std::map<std::string, worker_actor> workers;
    std::map<std::string, uint64_t> ids;
    std::map<std::string, worker_desk_actor> desks;
    uint64_t keys = 0;
    job_options job_settings;

    fixture() {
      // Ends are recorded at once, unless a test is about that.
      job_settings.gather_ends = 0ms;
      store.now = [this] { return now(); };
      options.job_batch_wait = 0ms;
      state = sys.spawn(test::fake_job_store, &store);
      start();
    }

    ~fixture() {
      ask<atom::done>(hub, atom::drain_v);
      for (auto& [name, x] : workers)
        stop(x);
      stop(hub);
      stop(dispatcher);
      desks.clear();
      stop(state);
      store.listeners.clear();
    }

    void start() {
      job_dispatcher_env env;
      env.state_writer = env.state_reader = state_handles_of(state).jobs;
      env.now = [this] { return now(); };
      env.options = job_settings;
      dispatcher = sys.spawn(job_dispatcher, std::move(env));
      queue_hub_env given;
      given.dispatcher = dispatcher;
      given.store = state_handles_of(state).jobs;
      given.places = shared.add("job queues", "queues with workers", options.max_queues);
      given.now = [this] { return now(); };
      given.options = options;
      hub = sys.spawn(queue_hub, std::move(given));
      deliver();
    }

    /// As a node that was killed, and another.
    void crash() {
      self->send_exit(dispatcher, caf::exit_reason::kill);
      for (auto& [name, x] : workers)
        self->send_exit(x, caf::exit_reason::kill);
      self->send_exit(hub, caf::exit_reason::kill);
      deliver();
      workers.clear();
      desks.clear();
      store.listeners.clear();
      store.waiting.end();
      start();
    }

    caf::expected<worker_desk_actor> desk(const std::string& queue, const std::string& company) {
      return ask<worker_desk_actor>(hub, atom::find_v, queue, company);
    }

    pile& join(const std::string& name, const std::string& queue, uint64_t credit,
               const std::string& company = {}) {
      workers[name] = sys.spawn(run_job_worker, &piles[name]);
      auto found = desk(queue, company);
      REQUIRE(found);
      desks[name] = *found;
      ids[name] = ask<worker_hello>(*found, atom::attach_v, workers[name])->worker;
      grant(name, credit);
      return piles[name];
    }

    void grant(const std::string& name, uint64_t credit) {
      self->send(desks[name], atom::room_v, ids[name], credit);
      deliver();
    }

    /// Kills it, as a lost connection does.
    void lose(const std::string& name) {
      stop(workers[name]);
      workers.erase(name);
    }

    std::vector<std::string> settle(const std::string& name, settlement x) {
      settle_deliveries request{.worker = ids[name], .items = {std::move(x)}};
      return ask<settled_deliveries>(desks[name], request)->stale;
    }

    uint64_t enqueue(const std::string& kind, const std::string& company = {}) {
      job_draft x;
      x.kind = kind;
      x.key = std::to_string(++keys);
      x.payload = R"({"n":1})";
      x.company_id = company;
      auto id = store.add(x).id;
      store.tell();
      deliver();
      return id;
    }

    /// By a call, as a program does.
    uint64_t call(const std::string& kind, const std::string& company = {}) {
      enqueue_jobs x;
      x.drafts.push_back({.kind = kind,
                          .key = std::to_string(++keys),
                          .payload = R"({"n":1})",
                          .company_id = company});
      auto done = ask<enqueued_jobs>(state_handles_of(state).jobs, x);
      REQUIRE(done);
      return done->front().id;
    }

    const job& at(uint64_t id) const {
      return store.jobs.at(id);
    }

    static std::vector<uint64_t> numbers(const pile& x) {
      std::vector<uint64_t> out;
      for (const auto& y : x.got)
        out.push_back(y.work->id);
      return out;
    }
  };

  struct gathering_fixture : fixture {
    gathering_fixture() {
      job_settings.gather_ends = 20ms;
      crash();
    }

    /// No time passes, as it does with a question.
    void tell(settlement x) {
      caf::anon_send(desks["a"], settle_deliveries{.worker = ids["a"], .items = {std::move(x)}});
      deliver();
    }

    void ack(uint64_t id) {
      tell({.what = kind::ack, .id = std::to_string(id)});
    }

    using kind = settlement::kind;
  };

  struct batching_fixture : fixture {
    batching_fixture() {
      options.job_batch_wait = 5ms;
      crash();
    }
  };

  using kind = settlement::kind;
  using numbers_of = std::vector<uint64_t>;

  } // namespace

  TEST_CASE_FIXTURE(batching_fixture, "a job that comes alone goes at once, many go together") {
    auto& a = join("a", "thumbs", 20);
    for (int i = 1; i <= 3; ++i) {
      enqueue("thumbs");
      CHECK(a.messages == i);
    }
    for (int i = 0; i < 5; ++i)
      store.add({.kind = "thumbs", .key = "together" + std::to_string(i), .payload = "{}"});
    store.tell();
    deliver();
    CHECK(a.got.size() == 8);
    CHECK(a.messages == 4);
    // There may be more.
    enqueue("thumbs");
    enqueue("thumbs");
    CHECK(a.messages == 4);
    pass(5ms);
    CHECK(a.got.size() == 10);
    CHECK(a.messages == 5);
    enqueue("thumbs");
    CHECK(a.messages == 6);
  }

  TEST_CASE_FIXTURE(fixture, "jobs wait until a worker has room, and go to one worker each") {
    auto first = enqueue("thumbs.small");
    auto second = enqueue("thumbs");
    auto third = enqueue("thumbs");
    pass(10min);
    CHECK(at(first).state == job_state::queued);
    auto& a = join("a", "thumbs", 1);
    CHECK(numbers(a) == numbers_of{first});
    CHECK(a.got[0].id == std::to_string(first));
    CHECK(a.got[0].what.attempt == 1);
    CHECK(at(first).state == job_state::running);
    CHECK(at(second).state == job_state::queued);
    auto& b = join("b", "thumbs", 5);
    CHECK(numbers(b) == numbers_of{second, third});
    CHECK(settle("b", {.what = kind::ack, .id = std::to_string(second), .result = R"({"w":7})"})
            .empty());
    CHECK(at(second).state == job_state::done);
    CHECK(at(second).result == R"({"w":7})");
    CHECK(at(third).state == job_state::running);
    // Not the job of b's neighbour, and not twice.
    CHECK(settle("b", {.what = kind::ack, .id = std::to_string(first)}).size() == 1);
    CHECK(settle("b", {.what = kind::ack, .id = std::to_string(second)}).size() == 1);
  }

  TEST_CASE_FIXTURE(fixture, "a rejected job comes again by the schedule, and is dead at the end") {
    auto id = enqueue("thumbs");
    auto& a = join("a", "thumbs", 100);
    for (size_t attempt = 1; attempt <= 6; ++attempt) {
      CAPTURE(attempt);
      REQUIRE(a.got.size() == attempt);
      CHECK(a.got.back().what.attempt == attempt);
      settle("a", {.what = kind::nack,
                   .id = std::to_string(id),
                   .reason = "no, for the time " + std::to_string(attempt)});
      CHECK(at(id).last_error == "no, for the time " + std::to_string(attempt));
      // In less time than a job may take.
      for (auto left = 5h / 20s; left > 0 && a.got.size() == attempt; --left)
        pass(20s);
    }
    CHECK(a.got.size() == 6);
    CHECK(at(id).state == job_state::dead);
    CHECK(at(id).attempts == 6);
    // An operator retries it.
    CHECK(ask<job>(state_handles_of(state).jobs, retry_job{.id = id, .company_id = {}, .by = {}}));
    CHECK(a.got.size() == 7);
    CHECK(a.got.back().what.attempt == 1);
    settle("a", {.what = kind::nack, .id = std::to_string(id), .reason = "bad", .dead = true});
    CHECK(at(id).state == job_state::dead);
    CHECK(at(id).last_error == "bad");
  }

  TEST_CASE_FIXTURE(fixture, "a rejected job does not come before the worker wants it") {
    auto id = enqueue("thumbs");
    auto& a = join("a", "thumbs", 100);
    settle("a", {.what = kind::nack, .id = std::to_string(id), .time = 30min});
    pass_in_steps(29min, 1min);
    CHECK(a.got.size() == 1);
    pass_in_steps(2min, 1min);
    CHECK(a.got.size() == 2);
  }

  TEST_CASE_FIXTURE(fixture,
                    "a lost worker's jobs come again after a second, as the same attempt") {
    auto id = enqueue("thumbs");
    auto& a = join("a", "thumbs", 1);
    auto& b = join("b", "thumbs", 0);
    REQUIRE(a.got.size() == 1);
    grant("b", 1);
    lose("a");
    pass(500ms);
    CHECK(b.got.empty());
    pass_in_steps(2s, 100ms);
    REQUIRE(b.got.size() == 1);
    CHECK(b.got[0].work->id == id);
    CHECK(b.got[0].what.attempt == 1);
    CHECK(b.got[0].fence != a.got[0].fence);
    // What the lost one says is late.
    CHECK(settle("a", {.what = kind::ack, .id = std::to_string(id), .fence = a.got[0].fence}).size()
          == 1);
    CHECK(at(id).state == job_state::running);
  }

  TEST_CASE_FIXTURE(fixture, "a job that loses three workers in a row has failed") {
    auto id = enqueue("thumbs");
    for (int i = 0; i < 3; ++i) {
      CHECK(at(id).last_error.empty());
      REQUIRE(join("a", "thumbs", 1).got.size() == static_cast<size_t>(i + 1));
      lose("a");
      pass_in_steps(2s, 100ms);
    }
    CHECK(at(id).state == job_state::queued);
    CHECK(at(id).attempts == 1);
    CHECK(at(id).last_error.find("3 workers") != std::string::npos);
  }

  TEST_CASE_FIXTURE(fixture, "a job that is not acknowledged in time has failed, unless extended") {
    auto late = enqueue("thumbs");
    auto long_one = enqueue("thumbs");
    auto& a = join("a", "thumbs", 2);
    REQUIRE(a.got.size() == 2);
    settle("a", {.what = kind::extend, .id = std::to_string(long_one), .time = 10min});
    pass_in_steps(40s, 1s);
    CHECK(at(late).state == job_state::queued);
    CHECK(at(late).last_error == "not acknowledged within 30000 ms");
    // Its lease is renewed as long as the worker has time: nobody else gets it.
    pass_in_steps(9min, 1s);
    CHECK(at(long_one).state == job_state::running);
    CHECK(at(long_one).attempts == 1);
    CHECK(!store.renewals.empty());
    CHECK(store.renewals.size() < 40);
    CHECK(settle("a", {.what = kind::ack, .id = std::to_string(long_one)}).empty());
    CHECK(at(long_one).state == job_state::done);
    CHECK(settle("a", {.what = kind::ack, .id = std::to_string(late)}).size() == 1);
  }

  TEST_CASE_FIXTURE(fixture, "what a worker says is kept after its lease lapsed and began anew") {
    auto id = enqueue("thumbs");
    join("a", "thumbs", 5);
    auto say = [&](const std::string& what) {
      return settle("a", {.what = kind::progress,
                          .id = std::to_string(id),
                          .progress = {.note = what, .percent = {}, .at = {}}});
    };
    CHECK(say("page 1").empty());
    const auto first = at(id).fence;
    // The store forgets the lease, as after an outage that was longer: the dispatcher leases the
    // job again, and its worker goes on.
    store.jobs.at(id).run_at = now();
    store.tell();
    pass_in_steps(20s, 1s);
    REQUIRE(at(id).fence > first);
    CHECK(piles.at("a").got.size() == 1);
    // What it said before belongs to the attempt under way.
    REQUIRE(at(id).progress);
    CHECK(at(id).progress->note == "page 1");
    CHECK(say("page 2").empty());
    CHECK(at(id).progress->note == "page 2");
    CHECK(settle("a", {.what = kind::ack, .id = std::to_string(id)}).empty());
    CHECK(at(id).state == job_state::done);
  }

  TEST_CASE_FIXTURE(fixture, "what a worker says of its job is kept, also right before the end") {
    auto id = enqueue("thumbs");
    auto& a = join("a", "thumbs", 1);
    REQUIRE(a.got.size() == 1);
    job_progress said{.note = "page 1", .percent = 10, .at = {}};
    CHECK(
      settle("a", {.what = kind::progress, .id = std::to_string(id), .progress = said}).empty());
    REQUIRE(at(id).progress);
    CHECK(at(id).progress->note == "page 1");
    CHECK(at(id).progress->percent == 10u);
    CHECK(at(id).progress->at != timestamp{});
    CHECK(at(id).state == job_state::running);
    // Several at once, and the end behind them.
    settle_deliveries all{.worker = ids["a"], .items = {}};
    for (uint32_t i = 2; i <= 50; ++i)
      all.items.push_back(
        {.what = kind::progress,
         .id = std::to_string(id),
         .progress = {.note = "page " + std::to_string(i), .percent = {}, .at = {}}});
    all.items.push_back({.what = kind::ack, .id = std::to_string(id)});
    const auto requests = store.notes.size();
    CHECK(ask<settled_deliveries>(desks["a"], all)->stale.empty());
    CHECK(at(id).state == job_state::done);
    CHECK(at(id).progress->note == "page 50");
    CHECK(store.notes.size() == requests + 1);
    CHECK(settle("a", {.what = kind::progress, .id = std::to_string(id), .progress = said}).size()
          == 1);
    CHECK(at(id).progress->note == "page 50");
  }

  TEST_CASE_FIXTURE(fixture, "a worker of a company gets its company's jobs, and no others") {
    auto own = enqueue("thumbs", "c-1");
    auto other = enqueue("thumbs", "c-2");
    auto nobodys = enqueue("thumbs");
    auto& bound = join("bound", "thumbs", 10, "c-1");
    CHECK(numbers(bound) == numbers_of{own});
    auto& any = join("any", "thumbs", 10);
    CHECK(numbers(any) == numbers_of{other, nobodys});
    // By its fence, a worker of another company has no way to it either.
    settle_deliveries foreign{
      .items = {{.what = kind::ack, .id = std::to_string(other), .fence = any.got[0].fence}}};
    CHECK(ask<settled_deliveries>(desks["bound"], foreign)->stale.size() == 1);
    CHECK(at(other).state == job_state::running);
  }

  TEST_CASE_FIXTURE(fixture, "jobs that no worker has room for any more go back at once") {
    for (int i = 0; i < 20; ++i)
      enqueue("thumbs", "c-1");
    auto& a = join("a", "thumbs", 3, "c-1");
    CHECK(a.got.size() == 3);
    CHECK(store.count(job_state::running) == 3);
    self->send(desks["a"], atom::drain_v, ids["a"]);
    deliver();
    grant("a", 5);
    CHECK(store.count(job_state::running) == 3);
    auto& b = join("b", "thumbs", 20);
    CHECK(b.got.size() == 17);
  }

  TEST_CASE_FIXTURE(fixture, "workers have 32 MiB of payloads, however many jobs they ask for") {
    for (int i = 0; i < 300; ++i)
      store.jobs.at(enqueue("thumbs")).payload.resize(job_limits::payload_bytes, ' ');
    auto& a = join("a", "thumbs", 300);
    CHECK(a.got.size() == 128);
    CHECK(store.count(job_state::running) == 128);
    for (const auto& x : store.leases)
      CHECK(x.queues.at(0).most <= 128);
    // The others come as these end, and few are leased for nothing.
    auto ends = [&] {
      size_t out = 0;
      for (const auto& x : store.finishes)
        out += x.items.size();
      return out;
    };
    const auto before = ends();
    for (size_t i = 0; i < 20; ++i)
      CHECK(settle("a", {.what = kind::ack, .id = a.got[i].id}).empty());
    CHECK(a.got.size() == 148);
    CHECK(store.count(job_state::running) == 128);
    CHECK(ends() - before <= 60);
  }

  TEST_CASE_FIXTURE(fixture, "a pull takes what is due, or waits for it") {
    auto found = desk("thumbs", {});
    REQUIRE(found);
    auto pull = [&](std::chrono::milliseconds wait) {
      handed_deliveries_ptr out;
      auto asked = self->request(*found, 5s, pull_deliveries{.most = 5, .wait = wait});
      deliver();
      pass_in_steps(1s, 100ms);
      asked.receive([&](const handed_deliveries_ptr& x) { out = x; },
                    [](const caf::error&) { FAIL("the pull was not answered"); });
      return *out;
    };
    CHECK(pull(0ms).empty());
    auto id = enqueue("thumbs");
    auto got = pull(500ms);
    REQUIRE(got.size() == 1);
    const auto& x = got.front();
    // Its fence alone tells that it has the job.
    settle_deliveries wrong{.items = {{.what = kind::ack, .id = x.id, .fence = "9.9"}}};
    CHECK(ask<settled_deliveries>(*found, wrong)->stale.size() == 1);
    settle_deliveries right{.items = {{.what = kind::ack, .id = x.id, .fence = x.fence}}};
    CHECK(ask<settled_deliveries>(*found, right)->stale.empty());
    CHECK(at(id).state == job_state::done);
    desks["kept"] = *found;
  }

  TEST_CASE_FIXTURE(fixture, "the node's own queues, and what is no name, are refused") {
    auto own = std::make_shared<job_queue>();
    own->name = "report";
    own->make = [] { return std::unique_ptr<job_runner>{}; };
    REQUIRE(ask<atom::done>(dispatcher, job_queue_ptr{own}));
    for (const auto* name : {"email", "document", "webhook", "report"}) {
      CAPTURE(name);
      auto refused = desk(name, {});
      REQUIRE(!refused);
      CHECK(refused.error() == ec::conflict);
      CHECK(!desk(name, "c-1"));
    }
    CHECK(ask<bool>(dispatcher, atom::find_v, std::string{"report"}) == true);
    CHECK(ask<bool>(dispatcher, atom::find_v, std::string{"thumbs"}) == false);
    for (const std::string name : {"", "A", "a.b", "a/b", "1", "a\n"}) {
      CAPTURE(name);
      auto refused = desk(name, {});
      REQUIRE(!refused);
      CHECK(refused.error() == ec::invalid_argument);
    }
    // Nor may the node take what workers outside have.
    REQUIRE(desk("thumbs", "c-1"));
    auto late = std::make_shared<job_queue>(*own);
    late->name = "thumbs";
    CHECK(!ask<atom::done>(dispatcher, job_queue_ptr{late}));
  }

  TEST_CASE_FIXTURE(fixture, "queues with workers are bounded, and companies share the bound") {
    options.max_queues = 10;
    shared.set_percent(50);
    stop(hub);
    hub = nullptr;
    queue_hub_env given;
    given.dispatcher = dispatcher;
    given.store = state_handles_of(state).jobs;
    given.places = std::make_shared<bound>("queues", "queues", 10, 1.0);
    given.now = [this] { return now(); };
    given.options = options;
    hub = sys.spawn(queue_hub, std::move(given));
    int made = 0;
    caf::error last;
    for (int i = 0; i < 10; ++i)
      if (auto x = desk("q" + std::to_string(i), "c-1"))
        ++made;
      else
        last = x.error();
    CHECK(made >= 1);
    CHECK(made < 10);
    CHECK(last == ec::quota_exceeded);
    CHECK(desk("q0", "c-1"));
    CHECK(desk("q0", "c-2"));
  }

  TEST_CASE_FIXTURE(fixture, "a queue has the retries and the time to acknowledge that are set") {
    options.job_ack_timeout = 20s;
    options.job_retry_schedule = {1s, 1s};
    options.queues["exports"].ack_timeout = 600s;
    options.queues["once"].retry_schedule.emplace();
    crash();
    auto time_of = [&](const std::string& queue) {
      const auto name = "probe-" + queue;
      workers[name] = sys.spawn(run_job_worker, &piles[name]);
      return ask<worker_hello>(*desk(queue, {}), atom::attach_v, workers[name])->ack_timeout;
    };
    CHECK(time_of("thumbs") == 20s);
    CHECK(time_of("exports") == 600s);
    CHECK(time_of("once") == 20s);
    const std::map<std::string, size_t> attempts{{"thumbs", 3}, {"exports", 3}, {"once", 1}};
    for (const auto& [queue, most] : attempts) {
      CAPTURE(queue);
      auto id = enqueue(queue);
      auto& x = join(queue, queue, 100);
      for (size_t i = 1; i <= most; ++i) {
        pass_in_steps(3s, 100ms);
        REQUIRE(x.got.size() == i);
        settle(queue, {.what = kind::nack, .id = std::to_string(id), .reason = "no"});
      }
      CHECK(at(id).state == job_state::dead);
    }
  }

  TEST_CASE_FIXTURE(fixture, "the workers and the waiting pulls of a queue are bounded") {
    options.max_queue_workers = 2;
    crash();
    join("a", "thumbs", 0);
    join("b", "thumbs", 0);
    auto third = sys.spawn(run_job_worker, &piles["c"]);
    auto refused = ask<worker_hello>(desks["a"], atom::attach_v, third);
    REQUIRE(!refused);
    CHECK(refused.error() == ec::overloaded);
    stop(third);
    // Another company's are its own.
    join("d", "thumbs", 0, "c-1");
    std::vector<caf::error> pulls;
    for (int i = 0; i < 3; ++i)
      sys.spawn(
        [&pulls, at = desks["a"]](caf::event_based_actor* of, int /*CAF wants one*/) {
          of->request(at, 60s, pull_deliveries{.wait = 5s})
            .then([&pulls](const handed_deliveries_ptr&) { pulls.emplace_back(); },
                  [&pulls](const caf::error& why) { pulls.push_back(why); });
        },
        0);
    deliver();
    REQUIRE(pulls.size() == 1);
    CHECK(pulls.front() == ec::overloaded);
    pass_in_steps(6s, 100ms);
    CHECK(pulls.size() == 3);
  }

  TEST_CASE_FIXTURE(fixture, "a queue has one desk, however late the dispatcher takes it") {
    std::vector<caf::typed_response_promise<atom::done>> late;
    size_t asked = 0;
    auto slow = sys.spawn(
      [&](caf::event_based_actor* at, int /*CAF wants one*/) -> caf::behavior {
        return {
          [&, at](const remote_job_queue_ptr&) -> caf::result<atom::done> {
            ++asked;
            late.push_back(at->make_response_promise<atom::done>());
            return late.back();
          },
          [](atom::room, const std::string&, uint64_t) {},
          [&](atom::flush) {
            for (auto& x : late)
              x.deliver(atom::done_v);
          },
        };
      },
      0);
    stop(hub);
    queue_hub_env given;
    given.dispatcher = caf::actor_cast<job_dispatcher_actor>(slow);
    given.store = state_handles_of(state).jobs;
    given.places = std::make_shared<bound>("queues", "queues", 10, 1.0);
    given.now = [this] { return now(); };
    given.options = options;
    hub = sys.spawn(queue_hub, std::move(given));
    CHECK(!desk("thumbs", {}));
    pass(5min);
    self->send(slow, atom::flush_v);
    deliver();
    CHECK(desk("thumbs", {}));
    CHECK(asked == 1);
    stop(slow);
  }

  TEST_CASE_FIXTURE(fixture, "a queue that is paused hands nothing over, also before its workers") {
    auto id = enqueue("thumbs");
    REQUIRE(ask<atom::done>(dispatcher, pause_job_queue{"thumbs", true, {}}));
    auto nobody = ask<atom::done>(dispatcher, pause_job_queue{"unheard", true, {}});
    REQUIRE(!nobody);
    CHECK(nobody.error() == ec::not_found);
    auto& a = join("a", "thumbs", 5);
    pass(1min);
    CHECK(a.got.empty());
    REQUIRE(ask<atom::done>(dispatcher, pause_job_queue{"thumbs", false, {}}));
    pass_in_steps(10s, 1s);
    CHECK(numbers(a) == numbers_of{id});
    auto queues = ask<job_queue_records>(dispatcher, list_job_queues{});
    REQUIRE(queues);
    REQUIRE(queues->size() == 1);
    CHECK(queues->front().queue == "thumbs");
    CHECK(queues->front().running == 1);
  }

  TEST_CASE_FIXTURE(fixture, "at a stop what workers have goes back, and does not count") {
    auto done = enqueue("thumbs");
    auto left = enqueue("thumbs");
    auto& a = join("a", "thumbs", 2);
    REQUIRE(a.got.size() == 2);
    caf::anon_send(hub, atom::drain_v);
    deliver();
    CHECK(a.drained);
    settle("a", {.what = kind::ack, .id = std::to_string(done)});
    pass_in_steps(2s, 100ms);
    CHECK(at(done).state == job_state::done);
    CHECK(at(left).state == job_state::queued);
    CHECK(at(left).attempts == 0);
    CHECK(!desk("thumbs", {}));
  }

  TEST_CASE_FIXTURE(fixture, "jobs of a node that was killed come again, and late ends are stale") {
    auto id = enqueue("thumbs");
    auto before = join("a", "thumbs", 1).got;
    REQUIRE(before.size() == 1);
    crash();
    auto& b = join("b", "thumbs", 1);
    REQUIRE(b.got.size() == 1);
    CHECK(b.got[0].work->id == id);
    CHECK(b.got[0].what.attempt == 2);
    CHECK(b.got[0].fence != before[0].fence);
    settle_deliveries late{.items
                           = {{.what = kind::ack, .id = before[0].id, .fence = before[0].fence}}};
    CHECK(ask<settled_deliveries>(desks["b"], late)->stale.size() == 1);
    CHECK(at(id).state == job_state::running);
    CHECK(settle("b", {.what = kind::ack, .id = std::to_string(id)}).empty());
    CHECK(at(id).state == job_state::done);
  }

  // -- workers that wait ----------------------------------------------------------

  TEST_CASE_FIXTURE(fixture, "a job for a worker that waits is leased as it is added") {
    auto& a = join("a", "thumbs", 2);
    pass(1ms);
    const auto leases = store.leases.size();
    auto first = call("thumbs");
    auto second = call("thumbs");
    CHECK(numbers(a) == numbers_of{first, second});
    CHECK(at(second).attempts == 1);
    CHECK(store.leases.size() == leases);
    // The worker has room for two jobs, and gets room for a third one.
    auto third = call("thumbs");
    CHECK(at(third).state == job_state::queued);
    CHECK(a.got.size() == 2);
    settle("a", {.what = kind::ack, .id = std::to_string(first)});
    grant("a", 1);
    CHECK(numbers(a) == numbers_of{first, second, third});
    CHECK(store.count(job_state::running) == 2);
  }

  TEST_CASE_FIXTURE(
    fixture, "a worker that gets room for more jobs does not make the store look for due ones") {
    join("a", "thumbs", 1);
    pass(1ms);
    const auto leases = store.leases.size();
    for (int i = 0; i < 10; ++i)
      grant("a", 5);
    CHECK(store.leases.size() == leases);
    // How much may come is told while it is little.
    CHECK(store.awaits.back().what.queues.at(0).most >= 16);
    const auto awaits = store.awaits.size();
    for (int i = 0; i < 10; ++i)
      grant("a", 5);
    CHECK(store.awaits.size() == awaits);
  }

  TEST_CASE_FIXTURE(fixture, "for a worker that has gone nothing is leased") {
    join("a", "thumbs", 3);
    pass(1ms);
    lose("a");
    auto id = call("thumbs");
    CHECK(at(id).state == job_state::queued);
    CHECK(at(id).attempts == 0);
    CHECK(store.finishes.empty());
    CHECK(numbers(join("b", "thumbs", 1)) == numbers_of{id});
  }

  TEST_CASE_FIXTURE(fixture, "jobs go to the workers that wait for them, of queue and company") {
    auto& any = join("any", "thumbs", 5);
    auto& bound = join("bound", "mails-out", 5, "c-1");
    auto thumb = call("thumbs", "c-2");
    auto foreign = call("mails-out", "c-2");
    auto own = call("mails-out", "c-1");
    CHECK(numbers(any) == numbers_of{thumb});
    CHECK(numbers(bound) == numbers_of{own});
    CHECK(at(foreign).state == job_state::queued);
    CHECK(at(foreign).attempts == 0);
  }

  TEST_CASE_FIXTURE(fixture, "what is added to a paused queue waits until it goes on") {
    auto& a = join("a", "thumbs", 5);
    enqueue("thumbs");
    REQUIRE(ask<atom::done>(dispatcher, pause_job_queue{"thumbs", true, {}}));
    auto id = call("thumbs");
    CHECK(a.got.size() == 1);
    CHECK(at(id).state == job_state::queued);
    REQUIRE(ask<atom::done>(dispatcher, pause_job_queue{"thumbs", false, {}}));
    CHECK(a.got.size() == 2);
    const auto next = call("thumbs");
    CHECK(numbers(a) == numbers_of{1, id, next});
  }

  TEST_CASE_FIXTURE(fixture, "at a stop nothing is leased any more, and the stop does not wait") {
    auto& a = join("a", "thumbs", 5);
    pass(1ms);
    REQUIRE(ask<atom::done>(dispatcher, atom::drain_v));
    auto id = call("thumbs");
    CHECK(a.got.empty());
    CHECK(at(id).state == job_state::queued);
    CHECK(at(id).attempts == 0);
  }

  TEST_CASE_FIXTURE(fixture, "a job that a killed node leased as it was added comes again") {
    join("a", "thumbs", 1);
    pass(1ms);
    auto id = call("thumbs");
    REQUIRE(at(id).state == job_state::running);
    crash();
    auto& b = join("b", "thumbs", 1);
    CHECK(numbers(b) == numbers_of{id});
    CHECK(b.got[0].what.attempt == 2);
  }

  TEST_CASE_FIXTURE(fixture, "a store that was away is asked again for jobs that are added") {
    auto& a = join("a", "thumbs", 9);
    store.broken = true;
    pass_in_steps(10s, 100ms);
    grant("a", 1);
    store.broken = false;
    auto missed = store.add({.kind = "thumbs", .key = "missed", .payload = "{}"}).id;
    pass_in_steps(10s, 100ms);
    CHECK(numbers(a) == numbers_of{missed});
    const auto leases = store.leases.size();
    call("thumbs");
    CHECK(a.got.size() == 2);
    CHECK(store.leases.size() == leases);
  }

  // -- ends -----------------------------------------------------------------------

  TEST_CASE_FIXTURE(gathering_fixture,
                    "jobs that are done one after the other are recorded together") {
    for (int i = 0; i < 60; ++i)
      enqueue("thumbs");
    auto& a = join("a", "thumbs", 60);
    REQUIRE(a.got.size() == 60);
    // Nothing is gained by a wait of the first one.
    ack(1);
    CHECK(at(1).state == job_state::done);
    ack(2);
    ack(3);
    CHECK(at(2).state == job_state::running);
    CHECK(store.finishes.size() == 1);
    pass_in_steps(20ms, 1ms);
    CHECK(at(2).state == job_state::done);
    CHECK(at(3).state == job_state::done);
    CHECK(store.finishes.size() == 2);
    // What failed does not wait, nor what is behind it.
    ack(4);
    tell({.what = kind::nack, .id = "5", .reason = "no"});
    CHECK(at(4).state == job_state::done);
    CHECK(at(5).last_error == "no");
    CHECK(store.finishes.size() == 3);
    // Nor do many.
    for (uint64_t id = 6; id < 6 + job_settings.most_gathered_ends; ++id)
      ack(id);
    CHECK(store.count(job_state::done) == 4 + job_settings.most_gathered_ends);
    CHECK(store.finishes.size() == 4);
  }

  TEST_CASE_FIXTURE(gathering_fixture, "ends that wait are recorded at a stop") {
    enqueue("thumbs");
    enqueue("thumbs");
    join("a", "thumbs", 2);
    ack(1);
    ack(2);
    CHECK(at(2).state == job_state::running);
    REQUIRE(ask<atom::done>(dispatcher, atom::drain_v));
    CHECK(at(2).state == job_state::done);
  }

  TEST_CASE_FIXTURE(gathering_fixture,
                    "an end that a killed node had not recorded: the job comes again") {
    enqueue("thumbs");
    enqueue("thumbs");
    join("a", "thumbs", 2);
    ack(1);
    ack(2);
    crash();
    auto& b = join("b", "thumbs", 5);
    CHECK(numbers(b) == numbers_of{2});
    CHECK(at(1).state == job_state::done);
  }

  TEST_CASE_FIXTURE(fixture, "whatever workers do, each job has one worker and comes to an end") {
    auto seed = seed_of_run();
    CAPTURE(seed);
    std::minstd_rand random{seed};
    auto upto = [&](size_t n) { return std::uniform_int_distribution<size_t>{0, n}(random); };
    std::set<uint64_t> acked;
    std::set<std::string> bound;
    size_t number = 0;
    for (int step = 0; step < 400; ++step) {
      switch (upto(6)) {
      case 0:
        if (upto(1) == 0)
          enqueue("thumbs", upto(1) == 0 ? "c-1" : "c-2");
        else
          call("thumbs", upto(1) == 0 ? "c-1" : "c-2");
        break;
      case 1:
        if (workers.size() < 4) {
          auto name = "w" + std::to_string(++number);
          auto company = std::string{upto(1) == 0 ? "c-1" : ""};
          if (!company.empty())
            bound.insert(name);
          join(name, "thumbs", upto(3), company);
        }
        break;
      case 2:
        if (!workers.empty() && upto(2) == 0)
          lose(workers.begin()->first);
        break;
      case 3:
        pass(std::chrono::milliseconds{upto(20'000)});
        break;
      default:
        if (workers.empty())
          break;
        auto& [name, x] = *workers.begin();
        grant(name, 1);
        for (const auto& y : std::vector<handed_delivery>{piles[name].got})
          if (upto(2) == 0) {
            auto ends = upto(2) > 0;
            auto late = settle(name, {.what = ends ? kind::ack : kind::nack, .id = y.id});
            if (ends && late.empty())
              CHECK(acked.insert(y.work->id).second);
          }
      }
      for (const auto& name : bound)
        for (const auto& y : piles[name].got)
          CHECK(y.work->company_id == "c-1");
    }
    join("last", "thumbs", 10'000);
    for (int i = 0;
         i < 2'000
         && store.count(job_state::done) + store.count(job_state::dead) < store.jobs.size();
         ++i) {
      for (const auto& y : std::vector<handed_delivery>{piles["last"].got})
        settle("last", {.what = kind::ack, .id = y.id});
      piles["last"].got.clear();
      // It is alive: one that let a time pass and says nothing gets nothing.
      grant("last", 1);
      pass_in_steps(10min, 1min);
    }
    CHECK(store.count(job_state::queued) == 0);
    CHECK(store.count(job_state::running) == 0);
    for (auto id : acked)
      CHECK(at(id).state == job_state::done);
  }
}
