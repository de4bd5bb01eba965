#include "actors/sessions/session_hub.hpp"

#include "actors/sessions/log_stream.hpp"
#include "actors/sessions/session_views.hpp"
#include "messages/actor_defaults.hpp"

#include <utility>

namespace carillon {

namespace {

constexpr auto relaxed_order = std::memory_order_relaxed;

} // namespace

void session_hub_state::init(session_hub_actor::pointer self, session_hub_env env) {
  self_ = self;
  env_ = std::move(env);
  const auto& options = env_.options;
  sent_to_ = std::make_shared<std::atomic<position>>(0);
  history_ = live_history{options.history_events, options.history_bytes};
  auto shared = std::make_shared<session_env>();
  shared->reader = env_.reader;
  shared->hub = session_hub_actor{self_};
  shared->sent_to = sent_to_;
  shared->stats = env_.stats;
  shared->histories = env_.histories;
  if (!env_.histories.current.empty())
    shared->history = std::make_shared<const std::string>(env_.histories.current);
  shared->now = env_.now;
  shared->options = options.session;
  shared_ = std::move(shared);
  admission_.emplace(env_.stats->bounds.add("sessions", "sessions", options.max_sessions),
                     session_admission::limits{options.max_per_user, options.max_per_company});
  stream_places_ = env_.stats->bounds.add("log streams", "streams", options.max_log_streams);
  timers_.emplace(options.session.heartbeat);
  replays_.emplace(self_, index_, options);
  feed_.emplace(self_, live_feed::sources{env_.feed, env_.reader, options.session.store_pause},
                live_feed::handler{
                  [this](position head) { on_attached(head); },
                  [this](const auto& events, position to) { on_events(events, to); },
                });
  feed_->attach();
}

// -- events -------------------------------------------------------------------

void session_hub_state::on_attached(position head) {
  history_.reset(head);
  sent_to_->store(head, std::memory_order_release);
  for (auto& x : std::exchange(early_, {}))
    open(x);
}

void session_hub_state::on_events(const std::vector<event_ptr>& events, position to) {
  std::vector<live_event_ptr> seen;
  size_t bytes = 0;
  auto send_seen = [&](position reached) {
    rounds_.send(index_, seen, reached, [this](auto& x, const auto& segment) { send(x, segment); });
    seen.clear();
    bytes = 0;
  };
  for (const auto& x : events) {
    if (x->audience == audience::none)
      continue;
    seen.push_back(std::make_shared<const live_event>(x, 0, env_.options.session.metadata, false,
                                                      shared_->history));
    history_.add(seen.back());
    bytes += footprint_bytes(*x);
    if (seen.size() >= env_.options.segment_events || bytes >= env_.options.segment_bytes)
      send_seen(x->seq);
  }
  if (!seen.empty())
    send_seen(to);
  history_.reach(to);
  sent_to_->store(to, std::memory_order_release);
  tell_log_streams(to);
}

/// One notice at a time: who takes it looks at `sent_to_`, too.
void session_hub_state::tell_log_streams(position to) {
  for (auto* x : index_.log_streams())
    if (x->gauge->pending.exchange(1, std::memory_order_acq_rel) == 0)
      self_->send(x->handle, atom::head_v, to);
}

void session_hub_state::send(session_entry& to, const live_segment_ptr& x) {
  if (!to.info.live || to.is_log_stream())
    return;
  auto& pending = to.gauge->pending;
  if (pending.load(std::memory_order_acquire) >= env_.options.credit) {
    to.info.live = false;
    self_->send(to.handle, atom::detach_v);
    return;
  }
  pending.fetch_add(1, std::memory_order_acq_rel);
  self_->send(to.handle, x);
}

// -- sessions -----------------------------------------------------------------

void session_hub_state::open(const open_session& x) {
  if (draining_)
    return x.link->close(session_close::shutting_down, 0);
  if (!feed_->is_attached()) {
    if (early_.size() >= env_.options.max_sessions)
      return x.link->close(session_close::overloaded, 0);
    early_.push_back(x);
    return;
  }
  auto place = admission_->admit(x.request.identity, index_);
  if (!place)
    return x.link->refuse(place.error(), close_code_of(place.error()), 0);
  session_entry entry;
  entry.place = std::move(*place);
  if (x.request.scope) {
    auto more = bound_lease::take(stream_places_, x.request.identity.who.company_id, 1);
    if (!more)
      return x.link->refuse(more.error(), session_close::overloaded, 0);
    entry.stream_place = std::make_shared<bound_lease>(std::move(*more));
  }
  entry.info
    = {++last_id_, x.request.identity.who, x.link->wire(), env_.now(), entry.is_log_stream()};
  entry.identity = x.request.identity;
  entry.gauge = std::make_shared<session_gauge>();
  auto& added = index_.add(std::move(entry));
  env_.stats->sessions_opened.fetch_add(1, relaxed_order);
  env_.stats->sessions.fetch_add(1, relaxed_order);
  session_opening opening{shared_, added.info.id, x, added.gauge, history_.to()};
  if (added.is_log_stream())
    added.handle = self_->spawn(log_stream, std::move(opening));
  else
    added.handle = self_->spawn(session, std::move(opening));
  self_->monitor(added.handle);
  ids_.emplace(added.handle->id(), added.info.id);
  timers_->add(added.info.id, self_->clock().now(), added.identity.expires_at);
}

caf::result<session_page> session_hub_state::join(const join_session& x) {
  auto* entry = index_.find(x.id);
  if (entry == nullptr)
    return to_error({ec::not_found, "there is no such session", {}});
  if (draining_)
    return to_error({ec::shutting_down, "the node is shutting down", {}});
  session_page out;
  if (x.after < history_.from()) {
    out.to = history_.from();
    out.forgotten = true;
    return out;
  }
  auto found = history_.read(x.after, entry->info.who, env_.options.segment_events,
                             env_.options.segment_bytes);
  out.to = found.to;
  out.live = entry->info.live = found.to >= history_.to();
  if (!found.events.empty())
    out.events = std::make_shared<const live_segment>(std::move(found.events), found.to);
  return out;
}

void session_hub_state::leave(uint64_t id) {
  if (auto* x = index_.find(id))
    x->info.live = false;
}

/// Has the session check what is due.
void session_hub_state::tell(uint64_t id) {
  if (auto* x = index_.find(id))
    self_->send(x->handle, atom::tick_v, uint64_t{0});
}

/// Each session checks its own identity, and says why it ends.
void session_hub_state::end_revoked() {
  for (const auto& [id, x] : index_.all())
    if (x->identity.is_revoked())
      tell(id);
}

void session_hub_state::on_down(const caf::down_msg& down) {
  auto i = ids_.find(down.source.id());
  if (i == ids_.end())
    return;
  env_.stats->sessions.fetch_sub(1, relaxed_order);
  timers_->remove(i->second);
  index_.remove(i->second);
  ids_.erase(i);
  finish_drain();
}

caf::result<uint64_t> session_hub_state::disconnect(const disconnect_sessions& x) {
  auto ids = sessions_to_end(index_, x);
  if (!ids)
    return to_error(ids.error());
  auto promise = self_->make_response_promise<uint64_t>();
  auto note = audit_of(x, ids->size(), env_.now());
  // The action needs its audit row first.
  self_->request(env_.audit, store_deadline, std::move(note))
    .then(
      [this, ids = std::move(*ids), promise](atom::done) mutable {
        for (auto id : ids)
          if (auto* entry = index_.find(id))
            self_->send(entry->handle, atom::close_v,
                        static_cast<uint16_t>(session_close::forbidden));
        promise.deliver(uint64_t{ids.size()});
      },
      [promise](const caf::error& reason) mutable { promise.deliver(reason); });
  return promise;
}

caf::result<atom::done> session_hub_state::replay(const replay_request& x) {
  if (draining_)
    return to_error({ec::shutting_down, "the node is shutting down", {}});
  return replays_->add(x);
}

void session_hub_state::on_tick() {
  feed_->look();
  for (auto id : timers_->take_due(self_->clock().now(), env_.now()))
    tell(id);
  finish_drain();
}

// -- stopping -----------------------------------------------------------------

caf::result<atom::done> session_hub_state::drain() {
  if (!draining_) {
    draining_.emplace().until = self_->clock().now() + env_.options.stop_grace;
    replays_->end({ec::shutting_down, "the node is shutting down", {}});
    for (auto& x : std::exchange(early_, {}))
      x.link->close(session_close::shutting_down, 0);
    for (const auto& [id, x] : index_.all())
      self_->send(x->handle, atom::close_v, static_cast<uint16_t>(session_close::shutting_down));
  }
  auto promise = self_->make_response_promise<atom::done>();
  draining_->promises.push_back(promise);
  finish_drain();
  return promise;
}

void session_hub_state::finish_drain() {
  if (!draining_ || (index_.size() > 0 && self_->clock().now() < draining_->until))
    return;
  for (auto& x : std::exchange(draining_->promises, {}))
    x.deliver(atom::done_v);
}

session_hub_actor::behavior_type
session_hub(session_hub_actor::stateful_pointer<session_hub_state> self, session_hub_env env) {
  stay_alive(self);
  auto* st = &self->state;
  self->set_down_handler([st](const caf::down_msg& x) { st->on_down(x); });
  auto tick = env.options.tick;
  st->init(self, std::move(env));
  self->delayed_send(self, tick, atom::tick_v, uint64_t{0});
  return {
    [st](const event_batch_ptr& x) { st->feed().add(x); },
    [st](atom::head, position x) { st->feed().reach(x); },
    [st](const open_session& x) { st->open(x); },
    [st](const join_session& x) { return st->join(x); },
    [st](atom::detach, uint64_t id) { st->leave(id); },
    [st](const get_session_overview& x) { return overview_of(st->sessions(), x); },
    [st](const list_sessions& x) { return list_of(st->sessions(), x); },
    [st](const disconnect_sessions& x) { return st->disconnect(x); },
    [st](const end_revoked_sessions&) { st->end_revoked(); },
    [st](const replay_request& x) { return st->replay(x); },
    [st](atom::drain) { return st->drain(); },
    [self, st, tick](atom::tick, uint64_t) {
      st->on_tick();
      self->delayed_send(self, tick, atom::tick_v, uint64_t{0});
    },
  };
}

} // namespace carillon
