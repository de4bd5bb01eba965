#pragma once

#include "actors/consumers/consumer.hpp"
#include "tests/actors/fake_log.hpp"
#include "tests/actors/fake_state.hpp"
#include "tests/support/counter_delta.hpp"

namespace carillon::test {

/// Effects for tests: a counter row per event; throws for the configured types.
class recording_handler : public effect_handler {
public:
  std::vector<position> seen;
  std::set<position> poison;
  replay_reaction reaction = replay_reaction::never;

  void handle(const event& x, effects& out) override {
    if (poison.contains(x.seq))
      throw std::runtime_error("poisoned");
    seen.push_back(x.seq);
    out.add(counter_delta{{}, x.type, x.company_id, 1});
  }

  replay_reaction on_replay() const noexcept override {
    return reaction;
  }
};

/// A consumer between a log and a state store in memory, under a virtual clock.
struct consumer_fixture : deterministic {
  fake_log log;
  fake_state state;
  router_actor router = sys.spawn(fake_router, &log);
  log_reader_actor reader = sys.spawn(fake_reader, &log);
  caf::actor state_actor = sys.spawn(fake_state_actor, &state);
  state_handles handles = state_handles_of(state_actor);
  std::shared_ptr<recording_handler> effects_target = std::make_shared<recording_handler>();
  consumer_actor aut;
  caf::actor target;

  ~consumer_fixture() {
    for (auto* x : {&aut})
      if (*x != nullptr)
        stop(*x);
    if (target != nullptr)
      stop(target);
    stop(router);
    stop(reader);
    stop(state_actor);
  }

  consumer_env env() {
    return {router, reader, handles.consumers, [this] { return now(); }, {}};
  }

  consumer_settings_ptr spec(consumer_target to, consumer_policy policy = {}) {
    policy.start = start_at::beginning;
    auto out = std::make_shared<consumer_settings>();
    out->name = "sut";
    out->policy = std::move(policy);
    out->target = std::move(to);
    return out;
  }

  void start(consumer_settings_ptr x) {
    aut = sys.spawn(consumer, env(), std::move(x));
    deliver();
  }

  void start_with_effects() {
    start(spec(std::shared_ptr<effect_handler>{effects_target}));
  }

  /// Appends `n` events without a notification.
  void append(size_t n) {
    for (size_t i = 0; i < n; ++i)
      log.events.push_back(make_event(log.head() + 1));
  }

  /// Appends `n` events and feeds them as one live batch.
  void live(size_t n) {
    auto first = log.head();
    append(n);
    auto batch = std::make_shared<event_batch>();
    batch->events.assign(log.events.begin() + static_cast<std::ptrdiff_t>(first), log.events.end());
    ++log.credit_used[aut->id()];
    self->send(aut, event_batch_ptr{batch});
    deliver();
  }

  consumer_status status() {
    return *ask<consumer_status>(aut, atom::status_v);
  }

  static std::vector<position> upto(position n) {
    std::vector<position> out;
    for (position i = 1; i <= n; ++i)
      out.push_back(i);
    return out;
  }
};

} // namespace carillon::test
