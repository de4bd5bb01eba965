#include "actors/consumers/replays/replay.hpp"

#include "actors/consumers/replays/replay_waits.hpp"
#include "messages/actor_defaults.hpp"

#include <algorithm>
#include <utility>

namespace carillon {

void replay_state::init(replay_actor::pointer self, replay_env env, replay_record record,
                        std::vector<replay_target> receivers) {
  self_ = self;
  env_ = std::move(env);
  record_ = std::move(record);
  receivers_ = std::move(receivers);
}

void replay_state::schedule(std::chrono::nanoseconds pause) {
  // Late answers of an earlier attempt are ignored from here on.
  self_->delayed_send(self_, pause, atom::tick_v, ++attempt_);
}

void replay_state::next_page(uint64_t attempt) {
  if (attempt != attempt_)
    return;
  page_began_ = self_->clock().now();
  found_.clear();
  if (record_.positions.empty())
    read_log();
  else
    read_positions(record_.cursor);
}

size_t replay_state::page_events() const {
  // Ten pages a second keep a limited rate smooth.
  if (record_.rate == 0)
    return env_.options.page_events;
  return std::clamp<size_t>(record_.rate / 10, 1, env_.options.page_events);
}

// -- reading ------------------------------------------------------------------

void replay_state::read_log() {
  if (record_.cursor >= record_.up_to) {
    finish();
    return;
  }
  read_request request;
  request.after = record_.cursor;
  request.filter = record_.filter;
  request.limit = page_events();
  self_->request(env_.reader, store_deadline, request)
    .then(
      [this](const event_page_ptr& page) {
        // Events after the start of the replay are live anyway.
        auto events = page->events;
        while (!events.empty() && events.back()->seq > record_.up_to)
          events.pop_back();
        auto scanned_to = std::min(page->scanned_to, record_.up_to);
        if (scanned_to <= record_.cursor)
          finish();
        else
          hand_over(std::move(events), scanned_to);
      },
      [this](const caf::error&) { schedule(env_.options.pause); });
}

void replay_state::read_positions(position after) {
  const auto& all = record_.positions;
  auto i = std::upper_bound(all.begin(), all.end(), after);
  if (i == all.end() || found_.size() >= page_events()) {
    if (after == record_.cursor)
      finish();
    else
      hand_over(std::exchange(found_, {}), after);
    return;
  }
  auto seq = *i;
  self_->request(env_.reader, store_deadline, find_request{seq, {}, {}})
    .then(
      [this, seq](const event_ptr& x) {
        found_.push_back(x);
        read_positions(seq);
      },
      [this, seq](const caf::error& reason) {
        if (reason == ec::not_found)
          read_positions(seq);
        else
          schedule(env_.options.pause);
      });
}

// -- handing over -------------------------------------------------------------

void replay_state::hand_over(std::vector<event_ptr> events, position scanned_to) {
  scanned_to_ = scanned_to;
  page_ = std::make_shared<const std::vector<event_ptr>>(std::move(events));
  awaited_.clear();
  if (!page_->empty())
    awaited_ = receivers_;
  if (awaited_.empty()) {
    record_progress();
    return;
  }
  for (const auto& x : receivers_)
    hand_to(x);
  watch_later();
}

void replay_state::hand_to(const replay_target& receiver) {
  auto attempt = attempt_;
  auto taken = [this, attempt, receiver] {
    if (attempt == attempt_ && std::erase(awaited_, receiver) > 0 && awaited_.empty())
      record_progress();
  };
  auto refused = [this, attempt, receiver] {
    if (attempt == attempt_)
      self_->delayed_send(self_, env_.options.pause, atom::tick_v, attempt, receiver);
  };
  self_->request(env_.supervisor, store_deadline, atom::find_v, receiver)
    .then(
      [this, taken, refused](const replay_taker_actor& x) {
        self_->request(x, answered_or_ended, replay_request{record_.id, page_})
          .then([taken](atom::done) { taken(); }, [refused](const caf::error&) { refused(); });
      },
      [taken, refused](const caf::error& reason) {
        // An unregistered handler or a disabled webhook receives nothing; the other targets go on.
        if (reason == ec::not_found || reason == ec::conflict)
          taken();
        else
          refused();
      });
}

void replay_state::hand_again(uint64_t attempt, const replay_target& receiver) {
  if (attempt == attempt_)
    hand_to(receiver);
}

// -- waiting ------------------------------------------------------------------

void replay_state::watch_later() {
  if (!std::exchange(watches_, true))
    self_->delayed_send(self_, env_.options.patience, atom::status_v);
}

void replay_state::watch() {
  watches_ = false;
  // The next page is watched again.
  if (awaited_.empty())
    return;
  watch_later();
  if (self_->clock().now() - page_began_ < env_.options.patience)
    return;
  self_->request(env_.supervisor, store_deadline, list_consumers{})
    .then(
      [this, attempt = attempt_](const consumer_statuses& all) {
        if (attempt == attempt_ && !awaited_.empty())
          tell_waits(waits_for(awaited_, all));
      },
      [](const caf::error&) {});
}

void replay_state::tell_waits(std::string why) {
  if (why == told_)
    return;
  update_replay x{record_.id, replay_phase::running, record_.cursor, record_.delivered, why};
  self_->request(env_.state, store_deadline, std::move(x))
    .then(
      [this, attempt = attempt_, why = std::move(why)](atom::done) {
        if (attempt == attempt_ && !awaited_.empty())
          told_ = why;
      },
      [](const caf::error&) {});
}

void replay_state::record_progress() {
  told_.clear();
  record_.cursor = scanned_to_;
  record_.delivered += page_->size();
  std::chrono::nanoseconds pause{0};
  if (record_.rate > 0) {
    auto due
      = page_began_ + std::chrono::nanoseconds{std::chrono::seconds{page_->size()}} / record_.rate;
    pause = std::max(pause, std::chrono::nanoseconds{due - self_->clock().now()});
  }
  update_replay progress{record_.id, replay_phase::running, record_.cursor, record_.delivered, {}};
  self_->request(env_.state, store_deadline, progress)
    .then([this, pause](atom::done) { schedule(pause); },
          [this](const caf::error&) { schedule(env_.options.pause); });
}

void replay_state::finish() {
  update_replay last{record_.id, replay_phase::done, record_.up_to, record_.delivered, {}};
  self_->request(env_.state, store_deadline, last)
    .then([this](atom::done) { self_->quit(); },
          [this](const caf::error&) { schedule(env_.options.pause); });
}

replay_actor::behavior_type replay_runner(replay_actor::stateful_pointer<replay_state> self,
                                          replay_env env, replay_record record,
                                          std::vector<replay_target> receivers) {
  stay_alive(self);
  self->state.init(self, std::move(env), std::move(record), std::move(receivers));
  self->state.schedule(std::chrono::nanoseconds{0});
  return {
    [self](atom::tick, uint64_t attempt) { self->state.next_page(attempt); },
    [self](atom::tick, uint64_t attempt, const replay_target& receiver) {
      self->state.hand_again(attempt, receiver);
    },
    [self](atom::status) { self->state.watch(); },
  };
}

} // namespace carillon
