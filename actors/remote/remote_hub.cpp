#include "actors/remote/remote_hub.hpp"

#include "messages/actor_defaults.hpp"
#include "messages/caf_error.hpp"

#include <algorithm>
#include <utility>

namespace carillon {

namespace {

/// A consumer whose events are rare commits a cursor beyond those of others so often.
constexpr position skip_interval = 1'000;

void answer(const remote_cursor_callback& done, expected<position> x) {
  if (done)
    done(std::move(x));
}

failure superseded() {
  return {ec::conflict, "another subscriber has taken this consumer over", "consumer"};
}

} // namespace

void remote_hub_state::init(remote_hub_actor::pointer self, remote_hub_env env) {
  self_ = self;
  env_ = std::move(env);
  places_ = env_.stats->bounds.add("remote subscriptions", "subscriptions", env_.max_subscriptions);
  attach();
}

void remote_hub_state::attach() {
  self_->request(env_.router, store_deadline, atom::attach_v, batch_taker_actor{self_})
    .then(
      [this](position head) {
        attached_ = true;
        on_head(head);
      },
      [this](const caf::error&) { later(); });
}

void remote_hub_state::later() {
  if (!std::exchange(tick_due_, true))
    self_->delayed_send(self_, env_.store_pause, atom::tick_v, uint64_t{0});
}

void remote_hub_state::tick() {
  tick_due_ = false;
  if (!attached_)
    attach();
  read_all();
}

// -- subscribers ----------------------------------------------------------------

bool remote_hub_state::is_current(const entry& x) const {
  auto i = subscriptions_.find(x->consumer().stored_name());
  return i != subscriptions_.end() && i->second == x;
}

void remote_hub_state::open(open_remote_subscription x) {
  auto stored = x.consumer.stored_name();
  if (auto i = subscriptions_.find(stored); i != subscriptions_.end()) {
    i->second->link()->end(superseded());
    subscriptions_.erase(i);
  }
  auto place = bound_lease::take(places_, x.consumer.company_id, 1);
  if (!place)
    return answer(x.done, place.error());
  auto made = std::make_shared<remote_subscription>(std::move(x.consumer), std::move(x.filter),
                                                    x.credit, std::move(x.link), std::move(*place));
  subscriptions_.emplace(std::move(stored), made);
  if (x.from_beginning)
    return open_at(made, 0, x.done);
  // What this subscriber publishes after the answer is not before its cursor.
  self_->request(env_.router, store_deadline, atom::head_v)
    .then([this, made, done = x.done](position head) { open_at(made, head, done); },
          [this, made, done = x.done](const caf::error& why) {
            if (is_current(made))
              subscriptions_.erase(made->consumer().stored_name());
            answer(done, to_failure(why));
          });
}

void remote_hub_state::open_at(const entry& x, position initial,
                               const remote_cursor_callback& done) {
  self_->request(env_.state, store_deadline, open_consumer{x->consumer().stored_name(), initial})
    .then([this, x, done](const opened_consumer_ptr& got) { begin(x, got->record, done); },
          [this, x, done](const caf::error& why) {
            if (is_current(x))
              subscriptions_.erase(x->consumer().stored_name());
            answer(done, to_failure(why));
          });
}

void remote_hub_state::begin(const entry& x, const consumer_record& as,
                             const remote_cursor_callback& done) {
  const auto cursor = as.cursor;
  if (!is_current(x))
    return answer(done, superseded());
  x->begin(cursor, as.generation);
  answer(done, cursor);
  head_ = std::max(head_, cursor);
  read(x);
}

void remote_hub_state::acknowledge(const acknowledge_remote& x) {
  auto i = subscriptions_.find(x.consumer.stored_name());
  if (i == subscriptions_.end())
    return answer(x.done, failure{ec::not_found, "there is no such subscription", "consumer"});
  auto found = i->second;
  if (found->link().get() != x.link)
    return answer(x.done, superseded());
  if (auto done = found->acknowledge(x.up_to); !done)
    return answer(x.done, done.error());
  if (x.up_to > found->cursor())
    commit(found, x.up_to, x.done);
  else
    answer(x.done, found->cursor());
  read(found);
}

void remote_hub_state::close(const close_remote_subscription& x) {
  auto i = subscriptions_.find(x.consumer.stored_name());
  if (i == subscriptions_.end() || i->second->link().get() != x.link)
    return answer(x.done, failure{ec::not_found, "there is no such subscription", "consumer"});
  auto cursor = i->second->cursor();
  subscriptions_.erase(i);
  answer(x.done, cursor);
}

void remote_hub_state::commit(const entry& x, position cursor, const remote_cursor_callback& done) {
  consumer_commit made;
  made.consumer = x->consumer().stored_name();
  made.generation = x->generation();
  made.share = x->consumer().company_id;
  made.cursor = cursor;
  made.now = env_.now();
  self_
    ->request(env_.state, store_deadline, std::make_shared<const consumer_commit>(std::move(made)))
    .then(
      [x, cursor, done](atom::done) {
        x->committed(cursor);
        x->skipping = false;
        answer(done, cursor);
      },
      [x, done](const caf::error& why) {
        x->skipping = false;
        answer(done, to_failure(why));
      });
}

// -- log ------------------------------------------------------------------------

void remote_hub_state::on_batch(const event_batch_ptr& x) {
  // What does not fit is read from the log: a slow subscriber holds no batch.
  self_->send(env_.router, atom::acknowledge_v, batch_taker_actor{self_});
  head_ = std::max(head_, x->last());
  for (const auto& [key, to] : subscriptions_)
    if (to->offer(*x))
      skip_committed(to);
    else
      read(to);
}

void remote_hub_state::on_head(position x) {
  head_ = std::max(head_, x);
  read_all();
}

void remote_hub_state::read_all() {
  for (const auto& x : subscriptions_)
    read(x.second);
}

void remote_hub_state::read(const entry& x) {
  if (!x->begun() || x->reading || x->sent_to() >= head_ || x->room() == 0)
    return;
  x->reading = true;
  self_->request(env_.reader, store_deadline, x->next_page())
    .then(
      [this, x](const event_page_ptr& page) {
        x->reading = false;
        if (!is_current(x))
          return;
        head_ = std::max(head_, page->head);
        x->send(page->events, page->scanned_to);
        skip_committed(x);
        read(x);
      },
      [this, x](const caf::error&) {
        x->reading = false;
        later();
      });
}

/// Events of others are not looked through again after a restart.
void remote_hub_state::skip_committed(const entry& x) {
  if (!x->idle() || x->skipping || x->sent_to() < x->cursor() + skip_interval)
    return;
  x->skipping = true;
  commit(x, x->sent_to(), {});
}

// -- actor ----------------------------------------------------------------------

remote_hub_actor::behavior_type
remote_hub(remote_hub_actor::stateful_pointer<remote_hub_state> self, remote_hub_env env) {
  stay_alive(self);
  self->state.init(self, std::move(env));
  auto* to = &self->state;
  return {
    [to](const event_batch_ptr& x) { to->on_batch(x); },
    [to](atom::head, position x) { to->on_head(x); },
    [to](open_remote_subscription& x) { to->open(std::move(x)); },
    [to](const acknowledge_remote& x) { to->acknowledge(x); },
    [to](const close_remote_subscription& x) { to->close(x); },
    [to](atom::tick, uint64_t) { to->tick(); },
  };
}

} // namespace carillon
