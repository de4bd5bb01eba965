#include "actors/consumers/supervisor.hpp"

#include "messages/actor_defaults.hpp"

#include <chrono>
#include <map>
#include <memory>
#include <utility>

namespace carillon {

namespace {

failure no_consumer(const std::string& name) {
  return {ec::not_found, "there is no handler named '" + name + "'", "name"};
}

/// Collects the answers of several consumers, in the order of their names.
struct status_round {
  caf::typed_response_promise<consumer_statuses> promise;
  std::map<std::string, consumer_status> answers;
  size_t awaited = 0;

  void answer(consumer_status x) {
    answers.insert_or_assign(x.name, std::move(x));
    if (--awaited > 0)
      return;
    consumer_statuses all;
    for (auto& [key, status] : answers)
      all.push_back(std::move(status));
    promise.deliver(std::move(all));
  }
};

/// How long a consumer may take to report its status; it never blocks, so this is long.
constexpr std::chrono::seconds status_deadline{5};

} // namespace

// -- initialization -----------------------------------------------------------

void supervisor_state::init(supervisor_actor::pointer self, supervisor_env env) {
  self_ = self;
  env_ = std::move(env);
  children_.emplace(self_, env_);
  planner_.emplace(self_, env_, *children_);
  replays_.emplace(self_, env_, *planner_);
}

// -- consumers ----------------------------------------------------------------

caf::result<atom::done> supervisor_state::add(const consumer_settings_ptr& spec) {
  if (draining_)
    return caf::make_error(ec::shutting_down, std::string{"the node is shutting down"});
  auto added = children_->add(spec);
  if (!added)
    return to_error(added.error());
  self_->delayed_send(self_, env_.options.resume_pause, atom::restart_v, std::string{});
  // It answers once its cursor is stored: from then on it misses nothing.
  auto promise = self_->make_response_promise<atom::done>();
  self_->request(*added, answered_or_ended, atom::status_v)
    .then([promise](const consumer_status&) mutable { promise.deliver(atom::done_v); },
          [promise](caf::error& reason) mutable { promise.deliver(std::move(reason)); });
  return promise;
}

caf::result<atom::done> supervisor_state::remove(const std::string& consumer) {
  if (draining_)
    return caf::make_error(ec::shutting_down, std::string{"the node is shutting down"});
  auto promise = self_->make_response_promise<atom::done>();
  auto removing
    = children_->remove(consumer, [promise]() mutable { promise.deliver(atom::done_v); });
  if (!removing)
    return to_error(removing.error());
  return promise;
}

void supervisor_state::restart(const std::string& consumer) {
  if (!consumer.empty())
    children_->restart(consumer);
  else if (!draining_)
    replays_->resume();
}

void supervisor_state::on_down(const caf::down_msg& x) {
  if (!replays_->on_down(x))
    children_->on_down(x);
}

caf::result<consumer_statuses> supervisor_state::list() {
  auto round = std::make_shared<status_round>();
  round->promise = self_->make_response_promise<consumer_statuses>();
  round->awaited = children_->all().size();
  if (children_->all().empty())
    round->promise.deliver(consumer_statuses{});
  for (const auto& [key, x] : children_->all()) {
    consumer_status unknown;
    unknown.name = key;
    unknown.company_id = x.spec->filter.company_id;
    unknown.running = x.handle != nullptr;
    unknown.last_error = "not running, it is about to be restarted";
    if (x.handle == nullptr) {
      round->answer(std::move(unknown));
      continue;
    }
    self_->request(x.handle, status_deadline, atom::status_v)
      .then([round](const consumer_status& status) { round->answer(status); },
            [round, unknown](const caf::error&) { round->answer(unknown); });
  }
  return round->promise;
}

caf::result<consumer_status> supervisor_state::pause(const pause_consumer& x) {
  if (children_->find(x.name) == nullptr)
    return to_error(no_consumer(x.name));
  auto promise = self_->make_response_promise<consumer_status>();
  auto failed = [promise](caf::error& reason) mutable { promise.deliver(std::move(reason)); };
  // Stored first, so that a restart keeps it.
  self_->request(env_.consumers.state, store_deadline, x)
    .then(
      [this, x, promise, failed](atom::done) mutable {
        const auto& handle = children_->find(x.name)->handle;
        // The consumer reads the stored state when it is restarted.
        if (handle == nullptr) {
          consumer_status status;
          status.name = x.name;
          status.paused = x.paused;
          status.running = false;
          promise.deliver(std::move(status));
          return;
        }
        self_->send(handle, atom::pause_v, x.paused);
        self_->request(handle, status_deadline, atom::status_v)
          .then([promise](consumer_status& status) mutable { promise.deliver(std::move(status)); },
                failed);
      },
      failed);
  return promise;
}

caf::result<dead_letter> supervisor_state::resolve(const resolve_dead_letter& x) {
  auto promise = self_->make_response_promise<dead_letter>();
  self_->request(env_.consumers.state, store_deadline, x)
    .then(
      [this, x, promise](const dead_letter& letter) mutable {
        if (x.retry)
          retry(letter);
        promise.deliver(letter);
      },
      [promise](caf::error& reason) mutable { promise.deliver(std::move(reason)); });
  return promise;
}

/// Sends the stored row to its consumer. One that does not run reads it at its next start.
void supervisor_state::retry(const dead_letter& x) {
  auto now = env_.consumers.now();
  retry_row row;
  row.seq = x.seq;
  row.replay_id = x.replay_id;
  row.due = now;
  row.last_error = x.last_error;
  row.first_failed_at = now;
  if (auto id = webhook_of_consumer(x.consumer); id && env_.webhooks != nullptr)
    self_->send(env_.webhooks, *id, row);
  else if (const auto* found = children_->find(x.consumer); found != nullptr && found->handle)
    self_->send(found->handle, row);
}

// -- replays ------------------------------------------------------------------

caf::result<replay_taker_actor> supervisor_state::find(const replay_target& target) {
  using kind = replay_target::kind;
  if (target.what == kind::sessions && env_.sessions != nullptr)
    return env_.sessions;
  if (target.what == kind::webhook && env_.webhooks != nullptr)
    return self_->delegate(env_.webhooks, atom::find_v, target.id);
  const auto* found = children_->find(target.name);
  if (found == nullptr)
    return to_error(no_consumer(target.what == kind::handler ? target.name : to_text(target)));
  if (found->handle == nullptr)
    return to_error({ec::overloaded, "the handler is being restarted", {}});
  return replay_taker_actor{found->handle};
}

caf::result<replay_record> supervisor_state::create(const create_replay& x) {
  return replays_->create(x);
}

caf::result<replay_plan> supervisor_state::count(const create_replay& x) {
  auto promise = self_->make_response_promise<replay_plan>();
  planner_->plan(x, [promise](caf::expected<replay_plan> plan) mutable {
    if (plan)
      promise.deliver(std::move(*plan));
    else
      promise.deliver(std::move(plan.error()));
  });
  return promise;
}

// -- shutdown -----------------------------------------------------------------

caf::result<atom::done> supervisor_state::drain() {
  auto promise = self_->make_response_promise<atom::done>();
  drain_promises_.push_back(promise);
  if (draining_)
    return promise;
  draining_ = true;
  replays_->drain();
  children_->drain([this] {
    for (auto& x : std::exchange(drain_promises_, {}))
      x.deliver(atom::done_v);
  });
  return promise;
}

supervisor_actor::behavior_type
supervisor(supervisor_actor::stateful_pointer<supervisor_state> self, supervisor_env env) {
  auto* st = &self->state;
  stay_alive(self);
  self->set_down_handler([st](const caf::down_msg& x) { st->on_down(x); });
  st->init(self, std::move(env));
  return {
    [st](const list_consumers&) { return st->list(); },
    [st](const pause_consumer& x) { return st->pause(x); },
    [st](const resolve_dead_letter& x) { return st->resolve(x); },
    [st](const create_replay& x) { return st->create(x); },
    [st](atom::count, const create_replay& x) { return st->count(x); },
    [st](atom::find, const replay_target& x) { return st->find(x); },
    [st](const consumer_settings_ptr& x) { return st->add(x); },
    [st](atom::drain) { return st->drain(); },
    [st](atom::detach, const std::string& x) { return st->remove(x); },
    [st](atom::restart, const std::string& x) { st->restart(x); },
  };
}

} // namespace carillon
