#include "actors/sessions/session_hub.hpp"

#include "messages/actor_defaults.hpp"

#include <algorithm>

namespace carillon {

namespace {

constexpr auto relaxed_order = std::memory_order_relaxed;

/// Events of a page of the log, when the router's batches left a gap.
constexpr size_t page_events = 2'000;

} // namespace

// -- feeding ------------------------------------------------------------------

void session_hub_state::init(session_hub_actor::pointer self, session_hub_env env) {
  self_ = self;
  env_ = std::move(env);
  sent_to_ = std::make_shared<std::atomic<position>>(0);
  history_ = live_history{env_.options.history_events, env_.options.history_bytes};
  auto shared = std::make_shared<session_env>();
  shared->reader = env_.reader;
  shared->hub = session_hub_actor{self_};
  shared->sent_to = sent_to_;
  shared->stats = env_.stats;
  shared->now = env_.now;
  shared->options = env_.options.session;
  shared_ = std::move(shared);
  places_ = env_.stats->bounds.add("sessions", "sessions", env_.options.max_sessions);
  attach();
}

void session_hub_state::attach() {
  self_->request(env_.feed, store_deadline, atom::attach_v, batch_taker_actor{self_})
    .then(
      [this](position head) {
        attached_ = true;
        next_ = head + 1;
        known_head_ = head;
        history_.reset(head);
        sent_to_->store(head, std::memory_order_release);
        for (auto& x : std::exchange(early_, {}))
          open(x);
        feed();
      },
      [this](const caf::error& reason) { self_->quit(reason); });
}

void session_hub_state::on_batch(const event_batch_ptr& x) {
  known_head_ = std::max(known_head_, x->last());
  pending_.push_back(x);
  feed();
}

void session_hub_state::on_head(position x) {
  known_head_ = std::max(known_head_, x);
  feed();
}

void session_hub_state::feed() {
  if (reading_ || !attached_)
    return;
  while (!pending_.empty() && pending_.front()->first() <= next_) {
    auto batch = std::move(pending_.front());
    pending_.pop_front();
    if (batch->last() >= next_) {
      std::vector<event_ptr> events;
      for (const auto& x : batch->events)
        if (x->seq >= next_)
          events.push_back(x);
      take(events, batch->last());
    }
    self_->send(env_.feed, atom::acknowledge_v, batch_taker_actor{self_});
  }
  if (next_ <= known_head_ && self_->clock().now() >= pause_until_)
    read_page();
}

void session_hub_state::read_page() {
  reading_ = true;
  read_request request;
  request.after = next_ - 1;
  request.limit = page_events;
  self_->request(env_.reader, store_deadline, request)
    .then(
      [this](const event_page_ptr& page) {
        reading_ = false;
        known_head_ = std::max(known_head_, page->head);
        if (page->scanned_to >= next_)
          take(page->events, page->scanned_to);
        feed();
      },
      [this](const caf::error&) {
        reading_ = false;
        pause_until_ = self_->clock().now() + env_.options.session.store_pause;
      });
}

void session_hub_state::take(const std::vector<event_ptr>& events, position to) {
  std::vector<live_event_ptr> seen;
  size_t bytes = 0;
  for (const auto& x : events) {
    if (x->audience == audience::none)
      continue;
    seen.push_back(std::make_shared<const live_event>(x, 0, env_.options.session.metadata));
    history_.add(seen.back());
    bytes += footprint_bytes(*x);
    if (seen.size() >= env_.options.segment_events || bytes >= env_.options.segment_bytes) {
      send_round(seen, x->seq);
      seen.clear();
      bytes = 0;
    }
  }
  if (!seen.empty())
    send_round(seen, to);
  history_.reach(to);
  next_ = to + 1;
  sent_to_->store(to, std::memory_order_release);
}

/// Each live session gets at most one segment: its own, its company's, or that of all.
void session_hub_state::send_round(const std::vector<live_event_ptr>& events, position to) {
  if (index_.size() == 0)
    return;
  ++round_;
  send_shares(events, to);
  std::vector<live_event_ptr> for_all;
  for (const auto& x : events)
    if (x->get().audience == audience::all)
      for_all.push_back(x);
  if (for_all.empty())
    return;
  auto segment = std::make_shared<const live_segment>(std::move(for_all), to);
  for (const auto& [id, x] : index_.all())
    if (x->round != round_)
      send(*x, segment);
}

/// Sends to the sessions that see more of it than all do.
void session_hub_state::send_shares(const std::vector<live_event_ptr>& events, position to) {
  auto share_of = [&](const viewer& who) {
    std::vector<live_event_ptr> out;
    for (const auto& x : events)
      if (may_see(who, x->get()))
        out.push_back(x);
    return std::make_shared<const live_segment>(std::move(out), to);
  };
  for (const auto& x : events) {
    if (x->get().audience != audience::user)
      continue;
    if (const auto* of_user = index_.of_user(x->get().user_id))
      for (auto* y : *of_user)
        if (y->round != round_ && may_see(y->info.who, x->get()))
          send(*y, share_of(y->info.who));
  }
  std::unordered_set<std::string_view> companies;
  for (const auto& x : events) {
    const auto& company = x->get().company_id;
    if (x->get().audience != audience::company || !companies.insert(company).second)
      continue;
    const auto* of_company = index_.of_company(company);
    if (of_company == nullptr)
      continue;
    auto share = share_of({{}, company});
    for (auto* y : *of_company)
      if (y->round != round_)
        send(*y, share);
  }
}

void session_hub_state::send(session_entry& to, const live_segment_ptr& x) {
  to.round = round_;
  if (!to.info.live)
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
  if (!attached_) {
    if (early_.size() >= env_.options.max_sessions)
      return x.link->close(session_close::overloaded, 0);
    early_.push_back(x);
    return;
  }
  if (auto refused = why_not(x.request.identity))
    return x.link->refuse(*refused,
                          refused->code == ec::unauthenticated ? session_close::unauthenticated
                                                               : session_close::overloaded,
                          0);
  auto place = bound_lease::take(places_, x.request.identity.who.company_id, 1);
  if (!place)
    return x.link->refuse(place.error(), session_close::overloaded, 0);
  session_entry entry;
  entry.place = std::make_shared<bound_lease>(std::move(*place));
  entry.info = {++last_id_, x.request.identity.who, x.link->wire(), env_.now(), false};
  entry.identity = x.request.identity;
  entry.gauge = std::make_shared<session_gauge>();
  auto& added = index_.add(std::move(entry));
  env_.stats->sessions_opened.fetch_add(1, relaxed_order);
  env_.stats->sessions.fetch_add(1, relaxed_order);
  added.handle = self_->spawn(session, shared_, added.info.id, x, added.gauge, history_.to());
  self_->monitor(added.handle);
  ids_.emplace(added.handle->id(), added.info.id);
  beats_.emplace_back(self_->clock().now() + env_.options.session.heartbeat, added.info.id);
  if (added.identity.expires_at)
    expiries_.emplace(*added.identity.expires_at, added.info.id);
}

/// The reason to reject a new session, or a further one.
std::optional<failure> session_hub_state::why_not(const session_identity& x) const {
  // The token was verified before, and may have been revoked since.
  if (x.is_revoked())
    return failure{ec::unauthenticated, "the key of the token was taken away", {}};
  const auto& options = env_.options;
  if (options.max_per_user > 0 && index_.count_of_user(x.who) >= options.max_per_user)
    return failure{ec::quota_exceeded,
                   "this user has " + std::to_string(options.max_per_user)
                     + " sessions, as many as --sessions-per-user allows; close one",
                   {}};
  const auto* of_company = index_.of_company(x.who.company_id);
  if (options.max_per_company > 0 && of_company != nullptr
      && of_company->size() >= options.max_per_company)
    return failure{ec::quota_exceeded,
                   "this company has " + std::to_string(options.max_per_company)
                     + " sessions, as many as --sessions-per-company allows; close one",
                   {}};
  return std::nullopt;
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

/// Each session checks its own identity, and says why it ends.
void session_hub_state::end_revoked() {
  for (const auto& [id, x] : index_.all())
    if (x->identity.is_revoked())
      self_->send(x->handle, atom::tick_v, uint64_t{0});
}

void session_hub_state::on_down(const caf::down_msg& down) {
  auto i = ids_.find(down.source.id());
  if (i == ids_.end())
    return;
  env_.stats->sessions.fetch_sub(1, relaxed_order);
  if (const auto* x = index_.find(i->second); x != nullptr && x->identity.expires_at)
    expiries_.erase({*x->identity.expires_at, i->second});
  index_.remove(i->second);
  ids_.erase(i);
  finish_drain();
}

void session_hub_state::on_tick() {
  if (next_ <= known_head_)
    feed();
  beat();
  auto now = env_.now();
  while (!expiries_.empty() && expiries_.begin()->first <= now) {
    if (auto* x = index_.find(expiries_.begin()->second))
      self_->send(x->handle, atom::tick_v, uint64_t{0});
    expiries_.erase(expiries_.begin());
  }
  if (draining_)
    finish_drain();
}

void session_hub_state::beat() {
  auto now = self_->clock().now();
  while (!beats_.empty() && beats_.front().first <= now) {
    auto id = beats_.front().second;
    beats_.pop_front();
    auto* x = index_.find(id);
    if (x == nullptr)
      continue;
    self_->send(x->handle, atom::tick_v, uint64_t{0});
    beats_.emplace_back(now + env_.options.session.heartbeat, id);
  }
}

// -- stopping -----------------------------------------------------------------

caf::result<atom::done> session_hub_state::drain() {
  if (!draining_) {
    draining_ = true;
    end_replays({ec::shutting_down, "the node is shutting down", {}});
    drain_until_ = self_->clock().now() + env_.options.stop_grace;
    for (auto& x : std::exchange(early_, {}))
      x.link->close(session_close::shutting_down, 0);
    for (const auto& [id, x] : index_.all())
      self_->send(x->handle, atom::close_v, static_cast<uint16_t>(session_close::shutting_down));
  }
  auto promise = self_->make_response_promise<atom::done>();
  drain_promises_.push_back(promise);
  finish_drain();
  return promise;
}

void session_hub_state::finish_drain() {
  if (!draining_ || (index_.size() > 0 && self_->clock().now() < drain_until_))
    return;
  for (auto& x : std::exchange(drain_promises_, {}))
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
    [st](const event_batch_ptr& x) { st->on_batch(x); },
    [st](atom::head, position x) { st->on_head(x); },
    [st](const open_session& x) { st->open(x); },
    [st](const join_session& x) { return st->join(x); },
    [st](atom::detach, uint64_t id) { st->leave(id); },
    [st](const get_session_overview& x) { return st->overview(x); },
    [st](const list_sessions& x) { return st->list(x); },
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
