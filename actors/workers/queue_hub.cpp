#include "actors/workers/queue_hub.hpp"

#include "actors/workers/worker_connection.hpp"
#include "actors/workers/worker_desk.hpp"
#include "messages/actor_defaults.hpp"
#include "messages/caf_error.hpp"
#include "messages/workers/remote_queue.hpp"

#include <caf/send.hpp>

#include <memory>
#include <optional>
#include <utility>

namespace carillon {

namespace {

std::optional<std::string> company_or_any(const std::string& x) {
  return x.empty() ? std::nullopt : std::optional{x};
}

/// The settings of this queue, complete.
queue_settings settings_of(const std::string& queue, const worker_options& options) {
  queue_settings out;
  if (auto found = options.queues.find(queue); found != options.queues.end())
    out = found->second;
  out.ack_timeout = options.ack_timeout_of(queue);
  if (!out.retry_schedule)
    out.retry_schedule = options.job_retry_schedule;
  return out;
}

/// What a desk needs to know of a queue.
remote_consumer desk_settings(const std::string& queue, const queue_settings& own,
                              const worker_options& options) {
  remote_consumer out;
  out.name = queue;
  out.ack_timeout = *own.ack_timeout;
  out.max_in_flight = static_cast<uint32_t>(options.jobs_in_flight);
  out.batch.wait = options.job_batch_wait;
  return out;
}

session_close close_code(ec code) noexcept {
  return code == ec::overloaded || code == ec::quota_exceeded ? session_close::overloaded
         : code == ec::shutting_down                          ? session_close::shutting_down
                                                              : session_close::protocol_error;
}

} // namespace

queue_hub_state::~queue_hub_state() {
  for (auto& [key, x] : queues_)
    caf::anon_send_exit(x.desk, caf::exit_reason::user_shutdown);
}

void queue_hub_state::init(queue_hub_actor::pointer self, queue_hub_env env) {
  self_ = self;
  env_ = std::move(env);
}

expected<void> queue_hub_state::check(const std::string& queue) const {
  if (draining_)
    return failure{ec::shutting_down, "the node is shutting down", {}};
  if (!is_queue_name(queue))
    return failure{ec::invalid_argument,
                   "the name of a queue is 1 to 64 of [a-z0-9_-] and begins with a letter",
                   "queue"};
  if (is_built_in_queue(queue))
    return failure{ec::conflict, "the node does the jobs of '" + queue + "' itself", "queue"};
  return {};
}

void queue_hub_state::with_desk(const std::string& queue, const std::string& company,
                                const done& then) {
  if (auto valid = check(queue); !valid)
    return then(valid.error());
  auto key = remote_queue_key(queue, company_or_any(company));
  auto found = queues_.find(key);
  if (found != queues_.end() && found->second.waiting.empty())
    return then(found->second.desk);
  if (found == queues_.end()) {
    auto place = bound_lease::take(env_.places, company, 1);
    if (!place)
      return then(place.error());
    queues_[key].place = std::move(*place);
    begin(key, queue, company);
  }
  queues_[key].waiting.push_back(then);
}

void queue_hub_state::begin(const std::string& key, const std::string& queue,
                            const std::string& company) {
  worker_desk_env env;
  const auto own = settings_of(queue, env_.options);
  env.settings = desk_settings(queue, own, env_.options);
  env.now = env_.now;
  env.options = env_.options;
  env.options.max_workers = env_.options.max_queue_workers;
  env.traces = env_.traces;
  env.jobs = desk_jobs{env_.dispatcher, env_.store, key};
  auto desk = self_->spawn(worker_desk, std::move(env));
  queues_[key].desk = desk;
  auto remote = std::make_shared<remote_job_queue>();
  remote->name = queue;
  remote->company_id = company_or_any(company);
  remote->desk = desk;
  remote->ack_timeout = *own.ack_timeout;
  remote->retry_schedule = *own.retry_schedule;
  // Not given up: the dispatcher never forgets a queue, and takes no second desk for it.
  self_->request(env_.dispatcher, answered_or_ended, remote_job_queue_ptr{std::move(remote)})
    .then([this, key](atom::done) { on_begun(key, {}); },
          [this, key](const caf::error& why) { on_begun(key, to_failure(why)); });
}

void queue_hub_state::on_begun(const std::string& key, const expected<void>& how) {
  auto& own = queues_[key];
  auto waiting = std::exchange(own.waiting, {});
  auto desk = own.desk;
  if (!how) {
    caf::anon_send_exit(desk, caf::exit_reason::user_shutdown);
    queues_.erase(key);
  }
  for (const auto& then : waiting)
    if (how)
      then(desk);
    else
      then(how.error());
}

caf::result<worker_desk_actor> queue_hub_state::find(const std::string& queue,
                                                     const std::string& company) {
  auto promise = self_->make_response_promise<worker_desk_actor>();
  with_desk(queue, company, [promise](const expected<worker_desk_actor>& found) mutable {
    if (found)
      promise.deliver(*found);
    else
      promise.deliver(to_error(found.error()));
  });
  return promise;
}

void queue_hub_state::open(open_worker x) {
  auto shared = std::make_shared<open_worker>(std::move(x));
  with_desk(shared->consumer, shared->company_id,
            [this, shared](const expected<worker_desk_actor>& found) {
              if (found)
                self_->spawn(worker_connection, *found, *shared);
              else
                shared->link->refuse(found.error(), close_code(found.error().code), 0);
            });
}

void queue_hub_state::drain() {
  draining_ = true;
  for (const auto& [key, x] : queues_)
    caf::anon_send(x.desk, atom::drain_v);
}

queue_hub_actor::behavior_type queue_hub(queue_hub_actor::stateful_pointer<queue_hub_state> self,
                                         queue_hub_env env) {
  auto* st = &self->state;
  stay_alive(self);
  st->init(self, std::move(env));
  return {
    [st](atom::find, const std::string& queue, const std::string& company) {
      return st->find(queue, company);
    },
    [st](const open_worker& x) { st->open(x); },
    [st](atom::drain) {
      st->drain();
      return atom::done_v;
    },
  };
}

} // namespace carillon
