#include "actors/webhooks/endpoints/webhook_endpoints.hpp"

#include "actors/consumers/consumer.hpp"
#include "actors/webhooks/endpoints/endpoint_consumer.hpp"
#include "messages/actor_defaults.hpp"
#include "messages/events/publish.hpp"

#include <caf/send.hpp>
#include <caf/typed_event_based_actor.hpp>

#include <algorithm>
#include <atomic>
#include <memory>
#include <utility>

namespace carillon {

namespace {

/// Beyond the deadline of an attempt: for the commit of its outcome.
constexpr std::chrono::seconds drain_margin{5};

/// How long the log may take to accept an alert about a webhook.
constexpr std::chrono::seconds alert_margin{10};

} // namespace

webhook_endpoints::webhook_endpoints(webhook_hub_actor::pointer self, const webhook_hub_env& env,
                                     webhook_registry& registry, const webhook_secrets& secrets)
  : self_{self}, env_{env}, registry_{registry}, secrets_{secrets}, table_{self} {
}

// -- starting ---------------------------------------------------------------------

void webhook_endpoints::start(uint64_t id) {
  start(id, has_room());
}

void webhook_endpoints::start_at_once(uint64_t id) {
  start(id, !are_places_full());
}

void webhook_endpoints::start(uint64_t id, bool has_place) {
  if (draining_)
    return;
  if (auto* x = table_.find(id)) {
    x->again = x->again || !x->runs();
    return;
  }
  if (!has_place) {
    registry_.enqueue(id);
    return;
  }
  auto& added = table_.add(id);
  added.next_pause = env_.options.restart_pause;
  ++starting_;
  load(id);
}

void webhook_endpoints::start_waiting() {
  while (has_room()) {
    auto id = registry_.next_waiting();
    if (!id)
      return;
    start(*id);
  }
}

void webhook_endpoints::enter(running_endpoint& x, endpoint_phase phase) noexcept {
  starting_ -= x.phase == endpoint_phase::loading ? 1 : 0;
  starting_ += phase == endpoint_phase::loading ? 1 : 0;
  x.phase = phase;
}

void webhook_endpoints::load(uint64_t id) {
  auto& x = *table_.find(id);
  enter(x, endpoint_phase::loading);
  x.again = false;
  self_->request(env_.state_reader, store_deadline, get_webhook{id, {}})
    .then([this, id](const webhook_with_secrets_ptr& record) { on_loaded(id, *record); },
          [this, id](const caf::error& reason) {
            auto* y = table_.find(id);
            if (y == nullptr || y->phase != endpoint_phase::loading)
              return;
            if (reason == ec::not_found)
              end(id);
            else
              rest(id, *y, to_failure(reason).detail);
          });
}

void webhook_endpoints::on_loaded(uint64_t id, const webhook_with_secrets& record) {
  auto* x = table_.find(id);
  if (x == nullptr || x->phase != endpoint_phase::loading || draining_)
    return;
  // It was changed while its record was read.
  if (std::exchange(x->again, false)) {
    load(id);
    return;
  }
  if (!registry_.is_enabled(id) || !record.webhook.enabled) {
    end(id);
    return;
  }
  auto secrets = secrets_.open(record.secrets);
  if (!secrets)
    rest(id, *x, secrets.error().detail);
  else
    spawn(id, *x, record.webhook, std::move(*secrets));
}

void webhook_endpoints::spawn(uint64_t id, running_endpoint& x, const webhook& record,
                              std::vector<signing_secret> secrets) {
  auto standing = *registry_.find(id);
  auto failing_since = std::make_shared<std::atomic<int64_t>>(0);
  endpoint_env env{
    env_.call,          webhook_hub_actor{self_}, env_.stats,   env_.options.endpoint,
    env_.consumers.now, env_.make_random(),       failing_since};
  if (env_.alerts)
    env.report = [router = env_.consumers.router](draft_ptr alert) {
      caf::anon_send(
        router, unawaited_call(std::move(alert), std::chrono::steady_clock::now() + alert_margin));
    };
  x.receiver = self_->spawn(endpoint, std::move(env), endpoint_target{record, std::move(secrets)});
  x.feed = endpoint_feed{registry_.reads_to(standing), env_.options.credit};
  x.consumer = self_->spawn(
    consumer, env_.consumers,
    endpoint_consumer(record, standing.filter, env_.options, x.receiver, failing_since));
  enter(x, endpoint_phase::running);
  x.started_at = self_->clock().now();
  x.active_at = x.started_at;
  table_.adopt(id, x);
  // No event between passivation and activation concerns it, however long it was idle.
  if (auto known = webhook_registry::idle_to(standing); known > 0)
    self_->send(x.consumer, x.feed.skip(known));
  for (auto& promise : std::exchange(x.finders, {}))
    promise.deliver(replay_taker_actor{x.consumer});
  start_waiting();
}

// -- ending -----------------------------------------------------------------------

void webhook_endpoints::restart(uint64_t id) {
  auto* x = table_.find(id);
  if (x == nullptr) {
    start(id);
    return;
  }
  x->again = true;
  if (x->runs())
    drain_one(id, *x);
}

void webhook_endpoints::stop(uint64_t id) {
  auto* x = table_.find(id);
  if (x == nullptr)
    return;
  x->again = false;
  if (x->runs())
    drain_one(id, *x);
}

void webhook_endpoints::passivate(uint64_t id, position asleep_at) {
  auto& x = *table_.find(id);
  x.asleep_at = asleep_at;
  if (asleep_at > 0)
    self_->send(x.consumer, x.feed.skip(asleep_at));
  drain_one(id, x);
}

void webhook_endpoints::drain_one(uint64_t id, running_endpoint& x) {
  enter(x, endpoint_phase::draining);
  auto ended = [this, id, consumer = x.consumer] {
    auto* y = table_.find(id);
    if (y != nullptr && y->consumer == consumer && y->phase == endpoint_phase::draining)
      end(id);
  };
  auto deadline = env_.options.endpoint.deadlines.total + drain_margin;
  self_->request(x.consumer, deadline, atom::drain_v)
    .then([ended](atom::done) { ended(); }, [ended](const caf::error&) { ended(); });
}

void webhook_endpoints::end(uint64_t id) {
  auto* x = table_.find(id);
  if (x == nullptr)
    return;
  auto again = x->again;
  auto asleep_at = x->asleep_at;
  for (auto& promise : std::exchange(x->finders, {}))
    promise.deliver(to_error({ec::overloaded, "the webhook is being restarted", {}}));
  // Whatever it did, it starts no more.
  enter(*x, endpoint_phase::draining);
  table_.erase(id);
  if (draining_)
    return;
  if (asleep_at)
    self_->request(env_.state_writer, store_deadline, note_webhook_idle{id, *asleep_at})
      .then([](atom::done) {}, [](const caf::error&) {});
  if (again && registry_.is_enabled(id))
    start(id);
  start_waiting();
}

void webhook_endpoints::drain(std::function<void()> done) {
  draining_ = true;
  registry_.forget_waiting();
  auto left = std::make_shared<size_t>(1);
  auto one_less = [this, left, done = std::move(done)] {
    if (--*left > 0)
      return;
    table_.clear();
    done();
  };
  for (auto& [id, x] : table_) {
    for (auto& waits : std::exchange(x.finders, {}))
      waits.deliver(to_error({ec::shutting_down, "the node is shutting down", {}}));
    if (x.consumer == nullptr)
      continue;
    ++*left;
    self_->request(x.consumer, env_.options.stop_grace, atom::drain_v)
      .then([one_less](atom::done) { one_less(); }, [one_less](const caf::error&) { one_less(); });
  }
  one_less();
}

// -- crashing ---------------------------------------------------------------------

void webhook_endpoints::on_down(const caf::down_msg& x) {
  auto id = table_.webhook_of(x.source.id());
  if (!id)
    return;
  auto& y = *table_.find(*id);
  if (y.phase == endpoint_phase::draining)
    end(*id);
  else
    rest(*id, y, "it crashed, and is about to be restarted");
}

void webhook_endpoints::rest(uint64_t id, running_endpoint& x, std::string why) {
  if (x.runs() && self_->clock().now() - x.started_at > env_.options.max_restart_pause)
    x.next_pause = env_.options.restart_pause;
  table_.drop(x);
  enter(x, endpoint_phase::resting);
  x.last_error = std::move(why);
  x.asked = false;
  self_->delayed_send(self_, x.next_pause, atom::restart_v, id);
  x.next_pause = std::min(x.next_pause * 2, env_.options.max_restart_pause);
  start_waiting();
}

void webhook_endpoints::on_restart(uint64_t id) {
  if (draining_)
    return;
  if (auto* x = table_.find(id); x != nullptr && x->phase == endpoint_phase::resting)
    load(id);
}

} // namespace carillon
