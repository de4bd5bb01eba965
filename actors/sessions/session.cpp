#include "actors/sessions/session.hpp"

#include "messages/actor_defaults.hpp"
#include "messages/sessions/texts.hpp"

#include <algorithm>

namespace carillon {

namespace {

constexpr auto relaxed = std::memory_order_relaxed;

} // namespace

// -- initialization -----------------------------------------------------------

void session_state::init(session_actor::pointer self, session_opening x) {
  begin(self, x);
  auto& request = x.wanted.request;
  identity_ = std::move(request.identity);
  wanted_ = subscription{std::move(request.types), std::move(request.filter)};
  catch_up_ = request.catch_up;
  gap_ = enter_history(request.history);
  if (!request.one_way)
    permit_texts();
  // A stream begins only once it is certain to succeed, see `on_log_page`.
  if (position_ <= x.head || !request.one_way)
    greet(x.head);
  // The hub may be behind the log, or the client knew another log.
  if (position_ > x.head)
    read_log(position_);
  else
    join();
}

void session_state::greet(position head) {
  if (std::exchange(greeted_, true))
    return;
  link_->say("hello",
             to_json(hello_text{
               id_, identity_.who, head, env_->options.heartbeat, {}, env_->histories.current}));
  if (gap_.empty())
    return;
  link_->say("gap", gap_);
  // A stream resumes from the last id, which was of the other history.
  if (link_->wire() == session_wire::server_sent)
    link_->report(position_, place());
}

// -- joining ------------------------------------------------------------------

void session_state::join() {
  phase_ = phase::joining;
  self_->request(env_->hub, store_deadline, join_session{id_, position_})
    .then([this](const session_page& page) { on_page(page); },
          [this](const caf::error&) {
            if (is(phase::joining))
              end(session_close::shutting_down);
          });
}

void session_state::on_page(const session_page& page) {
  if (!is(phase::joining))
    return;
  if (page.forgotten)
    return read_log(page.to);
  if (page.events && !deliver(page.events))
    return;
  position_ = std::max(position_, page.to);
  if (!page.live)
    return join();
  phase_ = phase::live;
  send_replayed();
}

void session_state::read_log(position up_to) {
  phase_ = phase::reading;
  read_request request;
  request.after = position_;
  request.filter.types = wanted_.types();
  request.limit = env_->options.page_events;
  request.bytes = env_->options.page_bytes;
  self_->request(env_->reader, store_deadline, request)
    .then([this, up_to](const event_page_ptr& page) { on_log_page(*page, up_to); },
          [this](const caf::error&) { retry_later(); });
}

void session_state::on_log_page(const event_page& page, position up_to) {
  if (!is(phase::reading))
    return;
  if (position_ > page.head) {
    refuse_since(page.head);
    return;
  }
  greet(page.head);
  skip_gap(page.first);
  std::vector<live_event_ptr> seen;
  for (const auto& x : page.events)
    if (may_see(identity_.who, *x))
      seen.push_back(
        std::make_shared<const live_event>(x, 0, env_->options.metadata, false, env_->history));
  auto segment = std::make_shared<const live_segment>(std::move(seen), page.scanned_to);
  if (!deliver(segment))
    return;
  if (position_ < up_to)
    read_log(up_to);
  else
    join();
}

/// Nothing was sent: only the end of the log can be reported as a position.
void session_state::refuse_since(position head) {
  refuse({ec::invalid_argument,
          "since " + std::to_string(position_) + " is beyond the head of the log, which is "
            + std::to_string(head) + ": it is a position of another log; begin anew without it",
          "since"},
         session_close::protocol_error, head);
}

void session_state::retry_later() {
  if (has_ended())
    return;
  // As if the link had rejected further frames, but without an end.
  phase_ = phase::choked;
  self_->delayed_send(self_, env_->options.store_pause, atom::writable_v);
}

// -- sending ------------------------------------------------------------------

void session_state::on_events(const live_segment_ptr& x) {
  gauge_->pending.fetch_sub(1, std::memory_order_acq_rel);
  // Events in another phase were sent before the hub knew of it; joining gets them once more.
  if (is(phase::live))
    deliver(x);
}

void session_state::on_detached() {
  if (!is(phase::live))
    return;
  env_->stats->session_catch_ups.fetch_add(1, relaxed);
  join();
}

bool session_state::deliver(const live_segment_ptr& x) {
  const auto& events = x->events();
  // The log may have been read beyond the hub's position.
  auto known = std::find_if(events.begin(), events.end(),
                            [this](const auto& y) { return y->get().seq > position_; });
  auto run = wanted_.next_run(events, static_cast<size_t>(known - events.begin()));
  for (; !run.empty(); run = wanted_.next_run(events, run.last))
    if (!deliver(x, run))
      return false;
  if (const auto excluded = wanted_.take_excluded(); excluded > 0)
    env_->stats->filtered_by_sessions.fetch_add(excluded, relaxed);
  position_ = std::max(position_, x->to());
  return true;
}

bool session_state::deliver(const live_segment_ptr& x, subscription::run run) {
  if (!link_->send(x, run.first, run.last)) {
    choke(x->events()[run.first]->get().seq - 1);
    return false;
  }
  count_sent(run.last - run.first);
  return true;
}

// -- replays ------------------------------------------------------------------

caf::result<atom::done> session_state::on_replay(const live_segment_ptr& x) {
  if (has_ended())
    return atom::done_v;
  // The hub no longer waits for the rest.
  end_replay();
  auto promise = self_->make_response_promise<atom::done>();
  replayed_ = std::make_unique<replayed>(replayed{x, 0, promise});
  send_replayed();
  return promise;
}

/// Live events go first: a replay waits until its client has all of them.
void session_state::send_replayed() {
  while (replayed_ && is(phase::live)) {
    auto run = wanted_.next_run(replayed_->events->events(), replayed_->next);
    if (run.empty())
      return end_replay();
    if (!link_->send(replayed_->events, run.first, run.last))
      return;
    count_sent(run.last - run.first);
    replayed_->next = run.last;
  }
}

void session_state::give_up() {
  end_replay();
}

void session_state::end_replay() {
  if (auto x = std::exchange(replayed_, nullptr))
    x->promise.deliver(atom::done_v);
}

// -- slow clients -------------------------------------------------------------

void session_state::choke(position reached) {
  position_ = std::max(position_, reached);
  phase_ = phase::choked;
  env_->stats->session_catch_ups.fetch_add(1, relaxed);
  self_->send(env_->hub, atom::detach_v, id_);
  if (!catch_up_)
    tick_after(env_->options.slow_grace);
}

void session_state::on_writable() {
  send_replayed();
  if (!is(phase::choked))
    return;
  cancel_tick();
  join();
}

// -- the client ---------------------------------------------------------------

void session_state::on_text(const std::string& text) {
  const bool in_time = take_text();
  if (has_ended())
    return;
  if (!in_time) {
    link_->say("error", error_json({ec::overloaded, "too many messages, send fewer", {}}));
    end(session_close::protocol_error);
    return;
  }
  auto command = parse_command(text);
  if (!command) {
    link_->say("error", error_json(command.error()));
    if (command.error().code != ec::invalid_argument)
      end(session_close::protocol_error);
  } else if (command->op == session_command::operation::subscribe) {
    subscribe(std::move(*command));
  } else {
    link_->report(position_, place());
  }
}

void session_state::subscribe(session_command x) {
  wanted_ = subscription{std::move(x.types), std::move(x.filter)};
  link_->say("subscribed", subscribed_json(wanted_.types(), wanted_.filter()));
}

void session_state::on_tick(uint64_t generation) {
  if (has_ended())
    return;
  if (generation != 0) {
    if (is_due(generation) && is(phase::choked))
      end(session_close::too_slow);
    return;
  }
  if (identity_.expires_at && *identity_.expires_at <= env_->now()) {
    link_->say("error", error_json({ec::unauthenticated, "the token has expired", {}}));
    end(session_close::unauthenticated);
    return;
  }
  if (identity_.is_revoked()) {
    link_->say("error",
               error_json({ec::unauthenticated, "the key of the token was taken away", {}}));
    end(session_close::unauthenticated);
    return;
  }
  // If nothing is on its way, the events sent to all live sessions arrived here, too.
  if (auto sent = env_->sent_to->load(std::memory_order_acquire);
      is(phase::live) && gauge_->pending.load(std::memory_order_acquire) == 0)
    position_ = std::max(position_, sent);
  if (!is(phase::live))
    return;
  link_->report(position_, place());
}

session_actor::behavior_type session(session_actor::stateful_pointer<session_state> self,
                                     session_opening opening) {
  stay_alive(self);
  auto* st = &self->state;
  st->init(self, std::move(opening));
  return {
    [st](const live_segment_ptr& x) { st->on_events(x); },
    [st](atom::replay, const live_segment_ptr& x) { return st->on_replay(x); },
    [st](atom::detach) { st->on_detached(); },
    [](atom::head, position) {},
    [st](const std::string& text) { st->on_text(text); },
    [st](atom::writable) { st->on_writable(); },
    [st](atom::closed) { st->on_closed(); },
    [st](atom::close, uint16_t code) { st->end(static_cast<session_close>(code)); },
    [st](atom::tick, uint64_t generation) { st->on_tick(generation); },
  };
}

} // namespace carillon
