#include "actors/webhooks/webhook_hub.hpp"

#include "actors/consumers/consumer.hpp"
#include "messages/actor_defaults.hpp"
#include "messages/codec/catalogue/webhook.hpp"
#include "messages/codec/described.hpp"

#include <caf/send.hpp>

#include <algorithm>
#include <charconv>

// Endpoints: activated when they have work, sent their events, passivated when idle.

namespace carillon {

namespace {

constexpr std::chrono::seconds status_deadline{5};

/// The status at the beginning of a text made by `error_of`.
int64_t status_in(std::string_view error) {
  constexpr std::string_view prefix = "HTTP ";
  int64_t out = 0;
  if (error.starts_with(prefix))
    std::from_chars(error.data() + prefix.size(), error.data() + error.size(), out);
  return out;
}

using shared_time = std::shared_ptr<std::atomic<int64_t>>;

/// @param failing_since 0 if the endpoint has succeeded since
expected<draft_ptr> exhausted_note(uint64_t id, const dead_letter& x, int64_t failing_since,
                                   const publish_options& options) {
  webhook_delivery_exhausted note;
  note.company_id = x.company_id;
  note.webhook_id = std::to_string(id);
  note.delivery_id = to_text(webhook_delivery_key{id, x.seq, x.replay_id});
  note.event_id = x.event_id;
  note.attempts = x.attempts;
  note.last_status = status_in(x.last_error);
  note.failing_since = failing_since != 0 ? from_micros(failing_since) : x.created_at;
  auto with = options;
  with.source = "/carillon/webhooks";
  if (note.company_id.empty())
    with.audience = audience::none;
  return make_draft(note, with);
}

consumer_settings_ptr spec_of(const webhook& x, const webhook_hub_options& options,
                              caf::actor receiver, shared_time failing_since) {
  auto out = std::make_shared<consumer_settings>();
  out->name = webhook_consumer(x.id);
  out->filter.types = x.settings.types;
  if (!x.settings.company_id.empty())
    out->filter.company_id = x.settings.company_id;
  auto& policy = out->policy;
  policy.order = x.settings.ordered ? delivery_order::total : delivery_order::none;
  const auto& pauses = x.settings.retry.schedule;
  policy.max_attempts = static_cast<uint32_t>(pauses.size()) + 1;
  if (!pauses.empty())
    policy.retry_schedule.assign(pauses.begin(), pauses.end());
  policy.deadline = no_deadline;
  policy.window = options.window;
  policy.in_flight = x.settings.ordered ? 1 : x.settings.max_in_flight;
  policy.max_retries = options.max_retries;
  out->target = std::move(receiver);
  out->note = [id = x.id, failing_since = std::move(failing_since)](const dead_letter& letter,
                                                                    const publish_options& with) {
    return exhausted_note(id, letter, *failing_since, with);
  };
  return out;
}

} // namespace

webhook_hub_state::running_endpoint* webhook_hub_state::find_running(uint64_t id) {
  auto i = endpoints_.find(id);
  return i == endpoints_.end() ? nullptr : &i->second;
}

// -- starting ---------------------------------------------------------------------

void webhook_hub_state::start(uint64_t id) {
  if (draining_)
    return;
  if (auto* x = find_running(id)) {
    x->again = x->again || x->state != phase::running;
    return;
  }
  if (endpoints_.size() >= env_.options.max_running) {
    if (in_waiting_.insert(id).second)
      waiting_.push_back(id);
    return;
  }
  auto& x = endpoints_[id];
  x.next_pause = env_.options.restart_pause;
  load(id);
}

void webhook_hub_state::load(uint64_t id) {
  auto& x = endpoints_[id];
  x.state = phase::loading;
  x.again = false;
  self_->request(env_.state_reader, store_deadline, get_webhook{id, {}})
    .then([this, id](const webhook_with_secrets_ptr& record) { on_loaded(id, *record); },
          [this, id](const caf::error& reason) {
            auto* y = find_running(id);
            if (y == nullptr || y->state != phase::loading)
              return;
            if (reason == ec::not_found)
              end(id);
            else
              rest(id, *y, to_failure(reason).detail);
          });
}

void webhook_hub_state::on_loaded(uint64_t id, const webhook_with_secrets& record) {
  auto* x = find_running(id);
  if (x == nullptr || x->state != phase::loading || draining_)
    return;
  // It was changed while its record was read.
  if (std::exchange(x->again, false)) {
    load(id);
    return;
  }
  auto standing = env_.index->find(id);
  if (!standing || !standing->enabled || !record.webhook.enabled) {
    end(id);
    return;
  }
  auto secrets = open(record.secrets);
  if (!secrets)
    rest(id, *x, secrets.error().detail);
  else
    spawn(id, *x, record.webhook, std::move(*secrets));
}

void webhook_hub_state::spawn(uint64_t id, running_endpoint& x, const webhook& record,
                              std::vector<signing_secret> secrets) {
  auto standing = *env_.index->find(id);
  auto failing_since = std::make_shared<std::atomic<int64_t>>(0);
  endpoint_env env{
    env_.call,          webhook_hub_actor{self_}, env_.stats,   env_.options.endpoint,
    env_.consumers.now, env_.make_random(),       failing_since};
  x.receiver = self_->spawn(endpoint, std::move(env), endpoint_target{record, std::move(secrets)});
  // Events matched before the webhook was added or changed: the consumer reads them itself.
  x.fed_to = std::max(matched_to_, standing.put_at);
  x.reads_to = x.fed_to;
  x.consumer = self_->spawn(consumer, env_.consumers,
                            spec_of(record, env_.options, x.receiver, failing_since));
  x.state = phase::running;
  x.unacknowledged = 0;
  x.behind = false;
  x.started_at = self_->clock().now();
  x.active_at = x.started_at;
  ids_[x.consumer.id()] = id;
  ids_[x.receiver.id()] = id;
  self_->monitor(x.consumer);
  self_->monitor(x.receiver);
  // No event between passivation and activation concerns it, however long it was idle.
  auto known = standing.awake ? standing.awake_at - 1 : standing.asleep_at;
  if (known > 0)
    send_batch(x, {}, 1, known);
  for (auto& promise : std::exchange(x.finders, {}))
    promise.deliver(replay_taker_actor{x.consumer});
}

void webhook_hub_state::start_waiting() {
  while (!waiting_.empty() && endpoints_.size() < env_.options.max_running) {
    auto id = waiting_.front();
    waiting_.pop_front();
    in_waiting_.erase(id);
    start(id);
  }
}

caf::result<replay_taker_actor> webhook_hub_state::find(uint64_t id) {
  auto standing = env_.index->find(id);
  if (!standing)
    return to_error({ec::not_found, "there is no webhook " + std::to_string(id), "id"});
  if (!standing->enabled)
    return to_error({ec::conflict, "the webhook is disabled", "id"});
  start(id);
  auto* x = find_running(id);
  if (x == nullptr || draining_)
    return to_error({ec::overloaded, "too many webhooks are at work", {}});
  if (x->state == phase::running) {
    // It is about to get work.
    ++x->given;
    x->active_at = self_->clock().now();
    return replay_taker_actor{x->consumer};
  }
  constexpr size_t most = 100;
  if (x->finders.size() >= most)
    return to_error({ec::overloaded, "the webhook is being started", {}});
  auto promise = self_->make_response_promise<replay_taker_actor>();
  x->finders.push_back(promise);
  return promise;
}

// -- feeding ----------------------------------------------------------------------

void webhook_hub_state::on_matches(const webhook_matches& x) {
  matched_to_ = std::max(matched_to_, x.to);
  std::unordered_map<uint64_t, std::vector<event_ptr>> found;
  for (const auto& [id, event] : x.items)
    found[id].push_back(event);
  for (auto& [id, events] : found) {
    auto* y = find_running(id);
    if (y != nullptr && y->state == phase::running)
      feed(*y, std::move(events));
    else if (y == nullptr)
      start(id);
    else
      y->again = y->again || y->state == phase::draining;
  }
}

void webhook_hub_state::feed(running_endpoint& x, std::vector<event_ptr> events) {
  std::erase_if(events, [&](const auto& y) { return y->seq <= x.fed_to; });
  if (events.empty())
    return;
  x.active_at = self_->clock().now();
  ++x.given;
  if (x.behind || x.unacknowledged >= env_.options.credit) {
    x.behind = true;
    return;
  }
  send_batch(x, std::move(events), x.fed_to + 1, matched_to_);
  x.fed_to = matched_to_;
}

void webhook_hub_state::send_batch(running_endpoint& x, std::vector<event_ptr> events,
                                   position from, position to) {
  auto batch = std::make_shared<event_batch>();
  batch->events = std::move(events);
  batch->covers_from = from;
  batch->covers_to = to;
  ++x.unacknowledged;
  self_->send(x.consumer, event_batch_ptr{std::move(batch)});
}

position webhook_hub_state::attach(const batch_taker_actor& x) const {
  auto i = ids_.find(x.id());
  return i == ids_.end() ? 0 : endpoints_.at(i->second).fed_to;
}

void webhook_hub_state::acknowledge(const batch_taker_actor& x) {
  auto i = ids_.find(x.id());
  if (i == ids_.end())
    return;
  auto& y = endpoints_.at(i->second);
  if (y.unacknowledged > 0)
    --y.unacknowledged;
  if (!y.behind || y.state != phase::running)
    return;
  // It reads the events that were not sent to it; from here on events are sent again.
  y.behind = false;
  y.fed_to = matched_to_;
  y.reads_to = matched_to_;
  self_->send(y.consumer, atom::head_v, matched_to_);
}

void webhook_hub_state::on_retry_row(uint64_t id, const retry_row& x) {
  auto* y = find_running(id);
  // A starting endpoint reads its rows itself.
  if (y != nullptr && y->state == phase::running) {
    ++y->given;
    y->active_at = self_->clock().now();
    self_->send(y->consumer, x);
  } else if (auto standing = env_.index->find(id); standing && standing->enabled)
    start(id);
}

// -- ending -----------------------------------------------------------------------

void webhook_hub_state::ask_if_idle(uint64_t id, running_endpoint& x) {
  x.asked = true;
  self_->request(x.consumer, status_deadline, atom::status_v)
    .then(
      [this, id, given = x.given](const consumer_status& status) {
        auto* y = find_running(id);
        if (y == nullptr || y->state != phase::running)
          return;
        y->asked = false;
        // Its answer may not include work that it got since.
        if (y->given != given)
          return;
        if (status.in_flight > 0 || status.retrying > 0 || status.cursor < y->reads_to || y->behind)
          return;
        y->asleep_at = env_.index->try_sleep(id, status.cursor);
        if (!y->asleep_at)
          return;
        if (*y->asleep_at > 0)
          send_batch(*y, {}, 1, *y->asleep_at);
        stop(id, *y);
      },
      [this, id](const caf::error&) {
        if (auto* y = find_running(id))
          y->asked = false;
      });
}

void webhook_hub_state::stop(uint64_t id, running_endpoint& x) {
  x.state = phase::draining;
  auto ended = [this, id, consumer = x.consumer] {
    auto* y = find_running(id);
    if (y != nullptr && y->consumer == consumer && y->state == phase::draining)
      end(id);
  };
  auto deadline = env_.options.endpoint.deadlines.total + status_deadline;
  self_->request(x.consumer, deadline, atom::drain_v)
    .then([ended](atom::done) { ended(); }, [ended](const caf::error&) { ended(); });
}

void webhook_hub_state::end(uint64_t id) {
  auto i = endpoints_.find(id);
  auto& x = i->second;
  auto again = x.again;
  auto asleep_at = x.asleep_at;
  drop(x);
  for (auto& promise : x.finders)
    promise.deliver(to_error({ec::overloaded, "the webhook is being restarted", {}}));
  endpoints_.erase(i);
  if (draining_)
    return;
  if (asleep_at)
    self_->request(env_.state_writer, store_deadline, note_webhook_asleep{id, *asleep_at})
      .then([](atom::done) {}, [](const caf::error&) {});
  if (auto standing = env_.index->find(id); again && standing && standing->enabled)
    start(id);
  start_waiting();
}

void webhook_hub_state::drop(running_endpoint& x) {
  auto drop_one = [this](auto& handle) {
    if (handle == nullptr)
      return;
    ids_.erase(caf::actor_cast<caf::actor_addr>(handle).id());
    self_->demonitor(caf::actor_cast<caf::actor_addr>(handle));
    self_->send_exit(handle, caf::exit_reason::user_shutdown);
    handle = nullptr;
  };
  drop_one(x.consumer);
  drop_one(x.receiver);
}

// -- crashing ---------------------------------------------------------------------

void webhook_hub_state::on_down(const caf::down_msg& x) {
  auto i = ids_.find(x.source.id());
  if (i == ids_.end())
    return;
  auto id = i->second;
  auto& y = endpoints_.at(id);
  if (y.state == phase::draining)
    end(id);
  else
    rest(id, y, "it crashed, and is about to be restarted");
}

void webhook_hub_state::rest(uint64_t id, running_endpoint& x, std::string why) {
  if (x.state == phase::running
      && self_->clock().now() - x.started_at > env_.options.max_restart_pause)
    x.next_pause = env_.options.restart_pause;
  drop(x);
  x.state = phase::resting;
  x.last_error = std::move(why);
  x.asked = false;
  self_->delayed_send(self_, x.next_pause, atom::restart_v, id);
  x.next_pause = std::min(x.next_pause * 2, env_.options.max_restart_pause);
}

void webhook_hub_state::on_restart(uint64_t id) {
  if (draining_)
    return;
  if (id == 0)
    open_matcher();
  else if (auto* x = find_running(id); x != nullptr && x->state == phase::resting)
    load(id);
}

void webhook_hub_state::restart_changed(uint64_t id) {
  auto* x = find_running(id);
  if (x == nullptr) {
    start(id);
    return;
  }
  x->again = true;
  if (x->state == phase::running)
    stop(id, *x);
}

} // namespace carillon
