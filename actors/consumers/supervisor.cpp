#include "actors/consumers/supervisor.hpp"

#include "messages/actor_defaults.hpp"

#include <caf/send.hpp>

#include <algorithm>

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

supervisor_state::~supervisor_state() {
  for (auto& [key, x] : children_)
    if (x.handle != nullptr)
      caf::anon_send_exit(x.handle, caf::exit_reason::kill);
  for (auto& [id, x] : replays_)
    if (x.handle != nullptr)
      caf::anon_send_exit(x.handle, caf::exit_reason::kill);
}

// -- initialization -----------------------------------------------------------

void supervisor_state::init(supervisor_actor::pointer self, supervisor_env env) {
  self_ = self;
  env_ = std::move(env);
}

// -- consumers ----------------------------------------------------------------

caf::result<atom::done> supervisor_state::add(const consumer_settings_ptr& spec) {
  if (draining_)
    return caf::make_error(ec::shutting_down, std::string{"the node is shutting down"});
  if (auto valid = validate(*spec); !valid)
    return to_error(valid.error());
  if (children_.size() >= env_.options.max_consumers)
    return to_error({ec::overloaded, "there are too many handlers", {}});
  auto [i, added] = children_.try_emplace(spec->name, child{spec, {}, {}, {}});
  if (!added)
    return to_error({ec::conflict, "a handler named '" + spec->name + "' is running", "name"});
  i->second.next_pause = env_.options.restart_pause;
  start(i->second);
  self_->delayed_send(self_, env_.options.resume_pause, atom::restart_v, std::string{});
  // It answers once its cursor is stored: from then on it misses nothing.
  auto promise = self_->make_response_promise<atom::done>();
  self_->request(i->second.handle, answered_or_ended, atom::status_v)
    .then([promise](const consumer_status&) mutable { promise.deliver(atom::done_v); },
          [promise](caf::error& reason) mutable { promise.deliver(std::move(reason)); });
  return promise;
}

void supervisor_state::start(child& x) {
  x.handle = self_->spawn(consumer, env_.consumers, x.spec);
  x.started_at = self_->clock().now();
  self_->monitor(x.handle);
}

void supervisor_state::on_down(const caf::down_msg& x) {
  if (replays_.erase(x.source.id()) > 0)
    return;
  auto i = std::find_if(children_.begin(), children_.end(),
                        [&](const auto& y) { return y.second.handle == x.source; });
  if (i == children_.end() || draining_)
    return;
  auto& lost = i->second;
  lost.handle = nullptr;
  if (env_.on_restart)
    env_.on_restart(i->first, self_->system().render(x.reason));
  if (self_->clock().now() - lost.started_at > env_.options.max_restart_pause)
    lost.next_pause = env_.options.restart_pause;
  self_->delayed_send(self_, lost.next_pause, atom::restart_v, i->first);
  lost.next_pause = std::min(lost.next_pause * 2, env_.options.max_restart_pause);
}

void supervisor_state::restart(const std::string& consumer) {
  if (consumer.empty() && !draining_)
    resume_replays();
  auto i = children_.find(consumer);
  if (i != children_.end() && i->second.handle == nullptr && !draining_)
    start(i->second);
}

caf::result<consumer_statuses> supervisor_state::list() {
  auto round = std::make_shared<status_round>();
  round->promise = self_->make_response_promise<consumer_statuses>();
  round->awaited = children_.size();
  if (children_.empty())
    round->promise.deliver(consumer_statuses{});
  for (const auto& [key, x] : children_) {
    consumer_status unknown;
    unknown.name = key;
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

caf::result<replay_taker_actor> supervisor_state::find(const replay_target& target) {
  using kind = replay_target::kind;
  if (target.what == kind::sessions && env_.sessions != nullptr)
    return env_.sessions;
  if (target.what == kind::webhook && env_.webhooks != nullptr)
    return self_->delegate(env_.webhooks, atom::find_v, target.id);
  auto i = target.what == kind::handler ? children_.find(target.name) : children_.end();
  if (i == children_.end())
    return to_error(no_consumer(target.what == kind::handler ? target.name : to_text(target)));
  if (i->second.handle == nullptr)
    return to_error({ec::overloaded, "the handler is being restarted", {}});
  return replay_taker_actor{i->second.handle};
}

caf::result<consumer_status> supervisor_state::pause(const pause_consumer& x) {
  auto i = children_.find(x.name);
  if (i == children_.end())
    return to_error(no_consumer(x.name));
  auto promise = self_->make_response_promise<consumer_status>();
  auto failed = [promise](caf::error& reason) mutable { promise.deliver(std::move(reason)); };
  // Stored first, so that a restart keeps it.
  self_->request(env_.consumers.state, store_deadline, x)
    .then(
      [this, x, promise, failed](atom::done) mutable {
        const auto& handle = children_.at(x.name).handle;
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
        auto i = children_.find(letter.consumer);
        auto id = webhook_of_consumer(letter.consumer);
        auto to_webhook = id && env_.webhooks != nullptr;
        // Without a running consumer the stored row waits for its next start.
        if (x.retry && (to_webhook || (i != children_.end() && i->second.handle != nullptr))) {
          auto now = env_.consumers.now();
          retry_row row;
          row.seq = letter.seq;
          row.replay_id = letter.replay_id;
          row.due = now;
          row.last_error = letter.last_error;
          row.first_failed_at = now;
          if (to_webhook)
            self_->send(env_.webhooks, *id, row);
          else
            self_->send(i->second.handle, row);
        }
        promise.deliver(letter);
      },
      [promise](caf::error& reason) mutable { promise.deliver(std::move(reason)); });
  return promise;
}

// -- shutdown -----------------------------------------------------------------

caf::result<atom::done> supervisor_state::drain() {
  auto promise = self_->make_response_promise<atom::done>();
  drain_promises_.push_back(promise);
  if (draining_)
    return promise;
  draining_ = true;
  for (auto& [id, x] : replays_)
    self_->send_exit(x.handle, caf::exit_reason::user_shutdown);
  to_drain_ = 1;
  for (auto& [key, x] : children_) {
    if (x.handle == nullptr)
      continue;
    ++to_drain_;
    auto handle = x.handle;
    self_->request(handle, answered_or_ended, atom::drain_v)
      .then(
        [this, handle](atom::done) {
          self_->send_exit(handle, caf::exit_reason::user_shutdown);
          on_drained();
        },
        [this](const caf::error&) { on_drained(); });
  }
  on_drained();
  return promise;
}

void supervisor_state::on_drained() {
  if (--to_drain_ > 0)
    return;
  for (auto& promise : std::exchange(drain_promises_, {}))
    promise.deliver(atom::done_v);
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
    [st](atom::restart, const std::string& x) { st->restart(x); },
  };
}

} // namespace carillon
