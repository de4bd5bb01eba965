#include "actors/measures/measure_keeper.hpp"

#include "messages/actor_defaults.hpp"
#include "messages/measures/measurer.hpp"

#include <algorithm>
#include <utility>

namespace carillon {

void measure_keeper_state::init(measure_keeper_actor::pointer self, measure_keeper_env env) {
  self_ = self;
  env_ = std::move(env);
  // The engine has filled the book before the first event.
  all_ = env_.book->get();
  work();
  arm();
}

// -- callbacks ----------------------------------------------------------------------

template <class Request>
caf::result<reply_of<Request>> measure_keeper_state::change(const Request& x) {
  if (draining_)
    return caf::make_error(ec::shutting_down, std::string{"the node is shutting down"});
  auto promise = self_->make_response_promise<reply_of<Request>>();
  self_->request(env_.store, store_deadline, x)
    .then(
      [this, promise](const reply_of<Request>& made) {
        trims_ = true;
        load([this, promise, made]() mutable {
          promise.deliver(made);
          work();
        });
      },
      [this, promise](const caf::error& reason) mutable {
        // It may have been made, or be made still.
        stale_ = true;
        promise.deliver(reason);
      });
  return promise;
}

void measure_keeper_state::on_tick(uint64_t generation) {
  if (generation != generation_ || draining_)
    return;
  if (!busy_ && waits())
    load([this] { work(); });
  else
    work();
  arm();
}

caf::result<atom::done> measure_keeper_state::drain() {
  auto promise = self_->make_response_promise<atom::done>();
  draining_ = true;
  if (busy_)
    drain_promises_.push_back(promise);
  else
    promise.deliver(atom::done_v);
  return promise;
}

// -- definitions --------------------------------------------------------------------

/// The store may know more by now: how far a backfill may go, or where a definition has begun, of
/// which the handler has no need to know soon.
bool measure_keeper_state::waits() {
  constexpr uint64_t seldom = 30;
  const auto looks = ++looks_ % seldom == 0;
  const auto may_go_on = [looks](const measure_record& x) {
    const auto settled = x.live_after && (!x.backfill || x.backfill->done_to >= *x.live_after);
    return !settled && (looks || x.backfill);
  };
  return stale_ || std::any_of(all_->records.begin(), all_->records.end(), may_go_on);
}

void measure_keeper_state::load(const std::function<void()>& done) {
  self_->request(env_.store, store_deadline, list_measures{})
    .then(
      [this, done](const measure_list_ptr& all) {
        take(all);
        done();
      },
      // What is stored is found by the next look.
      [this, done](const caf::error&) {
        stale_ = true;
        done();
      });
}

void measure_keeper_state::take(const measure_list_ptr& all) {
  const auto same = [](const measure_record& a, const measure_record& b) {
    return a.id == b.id && a.live_after == b.live_after;
  };
  const auto unchanged = std::equal(all->records.begin(), all->records.end(), all_->records.begin(),
                                    all_->records.end(), same);
  all_ = all;
  stale_ = false;
  // The handler makes its plans anew only where it has to.
  if (!unchanged)
    env_.book->set(all);
}

// -- the background -----------------------------------------------------------------

void measure_keeper_state::work() {
  if (busy_ || draining_)
    return;
  // The next one behind the last, in turns.
  const measure_record* next = nullptr;
  for (const auto& x : all_->records) {
    if (!x.is_behind(all_->cursor))
      continue;
    const auto after = [&](uint64_t id) { return std::pair{id <= last_, id}; };
    if (next == nullptr || after(x.id) < after(next->id))
      next = &x;
  }
  if (next != nullptr) {
    last_ = next->id;
    read_for(*next, next->backfill_end(all_->cursor));
  } else if (trims_) {
    trim();
  }
}

void measure_keeper_state::read_for(const measure_record& x, position end) {
  busy_ = true;
  read_request request;
  request.after = x.backfill->done_to;
  request.filter.types = x.definition.types;
  if (!x.definition.company_id.empty())
    request.filter.company_id = x.definition.company_id;
  request.filter.from = x.backfill->since;
  request.limit = env_.options.page_events;
  self_->request(env_.reader, store_deadline, request)
    .then([this, record = x, end](const event_page_ptr& page) { fold(record, end, *page); },
          [this](const caf::error&) { end_work(false); });
}

void measure_keeper_state::fold(const measure_record& x, position end, const event_page& page) {
  commit_backfill request;
  request.definition = x.id;
  request.from = x.backfill->done_to;
  request.to = std::min(page.scanned_to, end);
  if (request.to <= request.from) {
    end_work(false);
    return;
  }
  measurer by{measure_records{x}};
  for (const auto& y : page.events) {
    const auto wanted = y->seq <= end
                        && std::any_of(env_.types.begin(), env_.types.end(),
                                       [&](const auto& type) { return type.matches(y->type); });
    if (wanted)
      by.measure(
        *y, [](const measure_record&) { return true; },
        [&](measure_delta delta) {
          std::vector<measure_delta> one;
          one.push_back(std::move(delta));
          merge_rows(request.deltas, one);
        });
  }
  self_->request(env_.store, answered_or_ended, std::move(request))
    .then([this](atom::done) { load([this] { end_work(true); }); },
          // Of a conflict, too: what is stored tells where it is.
          [this](const caf::error&) { load([this] { end_work(false); }); });
}

void measure_keeper_state::trim() {
  busy_ = true;
  self_->request(env_.store, store_deadline, trim_measures{})
    .then(
      [this](bool more) {
        trims_ = more;
        end_work(true);
      },
      [this](const caf::error&) { end_work(false); });
}

/// After a failure it waits for the next tick.
void measure_keeper_state::end_work(bool good) {
  busy_ = false;
  for (auto& promise : std::exchange(drain_promises_, {}))
    promise.deliver(atom::done_v);
  if (good)
    work();
}

void measure_keeper_state::arm() {
  if (!draining_)
    self_->delayed_send(self_, env_.options.tick, atom::tick_v, ++generation_);
}

measure_keeper_actor::behavior_type
measure_keeper(measure_keeper_actor::stateful_pointer<measure_keeper_state> self,
               measure_keeper_env env) {
  auto* st = &self->state;
  stay_alive(self);
  st->init(self, std::move(env));
  return {
    [st](const put_measure& x) { return st->change(x); },
    [st](const delete_measure& x) { return st->change(x); },
    [st](const begin_backfill& x) { return st->change(x); },
    [st](atom::drain) { return st->drain(); },
    [st](atom::tick, uint64_t generation) { return st->on_tick(generation); },
  };
}

} // namespace carillon
