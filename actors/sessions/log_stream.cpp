#include "actors/sessions/log_stream.hpp"

#include "messages/actor_defaults.hpp"
#include "messages/sessions/texts.hpp"

#include <algorithm>
#include <string>
#include <utility>
#include <vector>

namespace carillon {

namespace {

failure beyond_the_head(position since, position head) {
  return {ec::conflict,
          "since " + std::to_string(since) + " is beyond the head of the log, which is "
            + std::to_string(head) + ": it is of another history of the log",
          "since"};
}

/// @param after where to go on, if somebody decides so
failure of_another_log(const std::string& wanted, const std::string& found, position after) {
  return {ec::conflict,
          "the history of the log is " + found + ", and since is of " + wanted
            + "; what is behind position " + std::to_string(after) + " is another log",
          "history"};
}

failure of_another_history(position since) {
  return {ec::conflict,
          "the log has another event at " + std::to_string(since)
            + " than this reader had there: since is of another history of the log",
          "since"};
}

} // namespace

// -- initialization -----------------------------------------------------------

void log_stream_state::init(session_actor::pointer self, session_opening x) {
  begin(self, x);
  permit_texts();
  auto& request = x.wanted.request;
  scope_ = std::move(*request.scope);
  filter_.types = std::move(request.types);
  payload_ = std::move(request.filter);
  filter_.company_id = scope_.company_id;
  who_.company_id = scope_.company_id.value_or(std::string{});
  head_ = x.head;
  // A former history that has the position in common with this one is as good.
  const auto next = resume_at(env_->histories, {scope_.history, position_});
  if (next.has_gap)
    return refuse(of_another_log(scope_.history, env_->histories.current, next.after),
                  session_close::protocol_error, 0);
  go_on();
}

// -- reading ------------------------------------------------------------------

/// Decides what is next. Nothing is under way, and nothing is unsent.
void log_stream_state::go_on() {
  if (!greeted_ || report_due_) {
    if (position_ != marked_.seq)
      return read_mark();
    const auto text = to_string(marked_);
    if (!std::exchange(greeted_, true))
      link_->say("hello", to_json(hello_text{id_, who_, head_, env_->options.heartbeat, text,
                                             env_->histories.current}));
    if (std::exchange(report_due_, false))
      link_->report(position_, text);
  }
  if (position_ < head_)
    return read_page();
  phase_ = phase::waiting;
}

/// The event at the position says of which history the position is.
void log_stream_state::read_mark() {
  phase_ = phase::marking;
  read_request request;
  request.after = position_ - 1;
  request.limit = 1;
  self_->request(env_->reader, store_deadline, request)
    .then([this](const event_page_ptr& page) { on_mark(*page); },
          [this](const caf::error&) { pause(); });
}

void log_stream_state::on_mark(const event_page& page) {
  if (!is(phase::marking) || !check_key())
    return;
  if (position_ > page.head)
    return refuse(beyond_the_head(position_, page.head), session_close::protocol_error, page.head);
  head_ = std::max(head_, page.head);
  const bool kept = !page.events.empty() && page.events.front()->seq == position_;
  if (kept)
    marked_ = bookmark_of(*page.events.front());
  else
    marked_ = {position_, greeted_ ? std::string{} : scope_.mark};
  if (!greeted_ && !scope_.mark.empty() && !marked_.mark.empty() && marked_.mark != scope_.mark)
    return refuse(of_another_history(position_), session_close::protocol_error, 0);
  go_on();
}

void log_stream_state::read_page() {
  phase_ = phase::reading;
  read_request request;
  request.after = position_;
  request.filter = filter_;
  request.limit = env_->options.page_events;
  request.bytes = env_->options.stream_page_bytes;
  self_->request(env_->reader, store_deadline, request)
    .then([this](const event_page_ptr& page) { on_page(*page); },
          [this](const caf::error&) { pause(); });
}

void log_stream_state::on_page(const event_page& page) {
  if (!is(phase::reading))
    return;
  head_ = std::max(head_, page.head);
  skip_gap(page.first);
  if (page.scanned_to <= position_)
    return pause();
  std::vector<live_event_ptr> events;
  events.reserve(page.events.size());
  for (const auto& x : page.events)
    if (matches_payload(payload_, keys_of(*x)))
      events.push_back(std::make_shared<const live_event>(x, 0, true, true));
  env_->stats->filtered_by_sessions.fetch_add(page.events.size() - events.size(),
                                              std::memory_order_relaxed);
  unsent_ = std::make_shared<const live_segment>(std::move(events), page.scanned_to);
  deliver();
}

void log_stream_state::pause() {
  if (has_ended())
    return;
  phase_ = phase::pausing;
  tick_after(env_->options.store_pause);
}

// -- sending ------------------------------------------------------------------

void log_stream_state::deliver() {
  if (!check_key())
    return;
  const auto& events = unsent_->events();
  if (!events.empty() && !link_->send(unsent_, 0, events.size())) {
    phase_ = phase::choked;
    tick_after(env_->options.stream_grace);
    return;
  }
  count_sent(events.size());
  position_ = unsent_->to();
  if (!events.empty() && events.back()->get().seq == position_)
    marked_ = bookmark_of(events.back()->get());
  unsent_.reset();
  go_on();
}

void log_stream_state::on_writable() {
  if (!is(phase::choked))
    return;
  cancel_tick();
  deliver();
}

void log_stream_state::give_up() {
  unsent_.reset();
}

bool log_stream_state::check_key() {
  if (scope_.is_admitted())
    return true;
  refuse({ec::unauthenticated, "the API key is not valid any more", {}},
         session_close::unauthenticated, position_);
  return false;
}

// -- the hub and the client ---------------------------------------------------

void log_stream_state::on_head(position x) {
  // From now on the hub tells it again; what it has reached until now is in `sent_to`.
  gauge_->pending.exchange(0, std::memory_order_acq_rel);
  head_ = std::max({head_, x, env_->sent_to->load(std::memory_order_acquire)});
  if (is(phase::waiting))
    go_on();
}

void log_stream_state::on_text(const std::string& text) {
  const bool in_time = take_text();
  if (has_ended())
    return;
  if (!in_time)
    return refuse({ec::overloaded, "too many messages, send fewer", {}},
                  session_close::protocol_error, position_);
  auto command = parse_command(text);
  if (!command && command.error().code != ec::invalid_argument)
    return refuse(command.error(), session_close::protocol_error, position_);
  if (!command || command->op == session_command::operation::subscribe) {
    link_->say(
      "error",
      error_json({ec::invalid_argument, "the types of a log stream are those of its request", {}}));
    return;
  }
  report_due_ = true;
  if (is(phase::waiting))
    go_on();
}

void log_stream_state::on_tick(uint64_t generation) {
  if (has_ended() || !check_key())
    return;
  if (generation == 0) {
    report_due_ = true;
    if (is(phase::waiting))
      go_on();
  } else if (!is_due(generation)) {
    return;
  } else if (is(phase::choked)) {
    end(session_close::too_slow);
  } else if (is(phase::pausing)) {
    go_on();
  }
}

session_actor::behavior_type log_stream(session_actor::stateful_pointer<log_stream_state> self,
                                        session_opening opening) {
  stay_alive(self);
  auto* st = &self->state;
  st->init(self, std::move(opening));
  return {
    [](const live_segment_ptr&) {},
    [](atom::replay, const live_segment_ptr&) { return atom::done_v; },
    [](atom::detach) {},
    [st](atom::head, position x) { st->on_head(x); },
    [st](const std::string& text) { st->on_text(text); },
    [st](atom::writable) { st->on_writable(); },
    [st](atom::closed) { st->on_closed(); },
    [st](atom::close, uint16_t code) { st->end(static_cast<session_close>(code)); },
    [st](atom::tick, uint64_t generation) { st->on_tick(generation); },
  };
}

} // namespace carillon
