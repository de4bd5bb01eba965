#pragma once

#include "actors/jobs/job_dispatcher.hpp"
#include "tests/actors/fake_jobs.hpp"

#include <chrono>
#include <functional>
#include <map>
#include <optional>
#include <set>
#include <string>
#include <vector>

namespace carillon::test {

/// The planned outcome of an attempt.
struct job_plan {
  std::chrono::milliseconds takes{0};
  job_outcome outcome;
  /// It never ends by itself.
  bool hangs = false;
  /// Its worker crashes.
  bool crashes = false;
};

/// An attempt as a worker saw it.
struct begun_job {
  uint64_t id = 0;
  std::string queue;
  uint32_t attempt = 0;
  timestamp at;
};

struct job_world;

/// Replaces a worker with a thread: its work cannot be interrupted, not even by its exit.
using fake_worker_actor = job_worker_actor::extend<caf::reacts_to<atom::tick, uint64_t>>;

struct fake_worker_state {
  fake_worker_state() = default;

  bool busy = false;
  bool ends = false;
  std::string queue;
  job_outcome outcome;
  caf::typed_response_promise<job_outcome> promise;
};

fake_worker_actor::behavior_type
fake_worker(fake_worker_actor::stateful_pointer<fake_worker_state> self, job_world* world,
            std::string queue);

/// A dispatcher with a store in memory and workers without threads.
struct job_world : deterministic {
  fake_jobs store;
  caf::actor state;
  telemetry_ptr stats = std::make_shared<telemetry>();
  job_options options;
  double random = 0.0;
  job_dispatcher_actor dispatcher;
  std::vector<job_queue_ptr> queues;
  std::vector<fake_worker_actor> workers;
  std::function<job_plan(const job&)> plan = [](const job&) { return job_plan{}; };
  std::vector<begun_job> begun;
  /// By job: attempts that succeeded, as the worker sees it.
  std::map<uint64_t, size_t> succeeded;
  std::map<std::string, size_t> under_way;
  std::map<std::string, size_t> most_under_way;
  uint64_t keys = 0;
  /// How far the wall clock is ahead of the virtual one.
  timestamp::duration shift{0};

  job_world() {
    store.now = [this] { return now() + shift; };
    state = sys.spawn(fake_job_store, &store);
  }

  ~job_world() {
    if (dispatcher != nullptr)
      stop(dispatcher);
    stop(state);
    for (const auto& x : workers)
      self->send_exit(x, caf::exit_reason::kill);
    deliver();
    store.listeners.clear();
  }

  /// Starts the dispatcher with the queues so far.
  void start() {
    job_dispatcher_env env;
    env.state_writer = state_handles_of(state).jobs;
    env.state_reader = state_handles_of(state).jobs;
    env.stats = stats;
    env.now = [this] { return now() + shift; };
    env.random = [this] { return random; };
    env.options = options;
    env.make_worker = [this](const job_queue_ptr& x) -> job_worker_actor {
      workers.push_back(sys.spawn(fake_worker, this, x->name));
      return workers.back();
    };
    dispatcher = sys.spawn(job_dispatcher, std::move(env));
    for (const auto& x : queues)
      REQUIRE(add(x));
  }

  /// Ends it like a crash of the process: running work is lost.
  void crash() {
    self->send_exit(dispatcher, caf::exit_reason::kill);
    for (const auto& x : workers)
      self->send_exit(x, caf::exit_reason::kill);
    deliver();
    workers.clear();
    under_way.clear();
    store.listeners.clear();
    store.waiting.end();
    dispatcher = nullptr;
  }

  caf::expected<atom::done> add(const job_queue_ptr& x) {
    return ask<atom::done>(dispatcher, x);
  }

  /// Adds a queue for `start`.
  job_queue& has_queue(const std::string& name, size_t count = 1) {
    auto x = std::make_shared<job_queue>();
    x->name = name;
    x->workers = count;
    x->retry_schedule = {std::chrono::minutes{1}, std::chrono::minutes{5}};
    x->make = [] { return std::unique_ptr<job_runner>{}; };
    queues.push_back(x);
    return *x;
  }

  /// Adds jobs to the store, as a commit of a handler does; answers the first's id.
  uint64_t enqueue(const std::string& kind, size_t n = 1, int32_t priority = 0,
                   timestamp run_at = {}) {
    auto first = store.jobs.size() + 1;
    for (size_t i = 0; i < n; ++i) {
      job_draft x;
      x.kind = kind;
      x.key = std::to_string(++keys);
      x.payload = "{}";
      x.priority = priority;
      x.run_at = run_at;
      store.add(x);
    }
    store.tell();
    deliver();
    return first;
  }

  const job& at(uint64_t id) const {
    return store.jobs.at(id);
  }

  std::vector<uint64_t> begun_ids() const {
    std::vector<uint64_t> out;
    for (const auto& x : begun)
      out.push_back(x.id);
    return out;
  }

  caf::expected<atom::done> pause(const std::string& queue, bool on) {
    return ask<atom::done>(dispatcher, pause_job_queue{queue, on, {}});
  }

  uint64_t ended(const std::string& queue, job_end how) const {
    return stats->job_attempts.of(queue).at(static_cast<size_t>(how)).load();
  }
};

inline fake_worker_actor::behavior_type
fake_worker(fake_worker_actor::stateful_pointer<fake_worker_state> self, job_world* world,
            std::string queue) {
  auto* st = &self->state;
  st->queue = std::move(queue);
  self->set_exit_handler([self, st](caf::exit_msg& x) {
    if (st->busy)
      st->ends = true;
    else
      self->quit(x.reason);
  });
  auto finish = [self, st, world](uint64_t id) {
    st->busy = false;
    --world->under_way[st->queue];
    if (st->outcome.what == job_outcome::verdict::done)
      ++world->succeeded[id];
    st->promise.deliver(st->outcome);
    if (st->ends)
      self->quit(caf::exit_reason::user_shutdown);
  };
  return {
    [=](const job& x) -> caf::result<job_outcome> {
      REQUIRE_FALSE(st->busy);
      auto plan = world->plan(x);
      world->begun.push_back({x.id, st->queue, x.attempts, world->now()});
      if (plan.crashes) {
        self->quit(caf::make_error(ec::internal, std::string{"crashed by the test"}));
        return caf::make_error(ec::internal, std::string{"crashed by the test"});
      }
      st->busy = true;
      auto& most = world->most_under_way[st->queue];
      most = std::max(most, ++world->under_way[st->queue]);
      st->outcome = plan.outcome;
      auto promise = self->make_response_promise<job_outcome>();
      st->promise = promise;
      if (plan.takes.count() == 0 && !plan.hangs)
        finish(x.id);
      else if (!plan.hangs)
        self->delayed_send(self, plan.takes, atom::tick_v, x.id);
      return promise;
    },
    [=](atom::tick, uint64_t id) {
      if (st->busy)
        finish(id);
    },
  };
}

} // namespace carillon::test
