#include "messages/remote/client_worker.hpp"

#include "messages/actor_defaults.hpp"
#include "messages/caf_error.hpp"
#include "messages/events/filter.hpp"

#include <exception>
#include <utility>

namespace carillon {

namespace {

constexpr std::chrono::seconds answer_deadline{30};

std::string joined(const std::vector<std::string>& types) {
  std::string out;
  for (const auto& x : types)
    out += (out.empty() ? "" : ",") + x;
  return out;
}

/// What `remote_subscribe` asks for. A node that knows no filters is asked for types in the way
/// that it knows; it refuses an object, and never sends more than was asked for.
expected<std::string> selection_of(const remote_subscription_options& x) {
  auto types = joined(x.types);
  // Of types alone the node says what is wrong with them.
  if (x.filter.is_everything())
    return types;
  auto patterns = parse_patterns(types);
  if (!patterns)
    return patterns.error();
  event_filter out;
  out.types = std::move(*patterns);
  out.payload = x.filter;
  return to_json(out);
}

bool is_final(ec code) noexcept {
  return code == ec::invalid_argument || code == ec::forbidden || code == ec::conflict
         || code == ec::unauthenticated;
}

bool succeeds(const remote_handler& handler, const std::string& event) {
  try {
    return handler(event).has_value();
  } catch (const std::exception&) {
    return false;
  }
}

} // namespace

void remote_worker_state::init(caf::event_based_actor* self, std::string consumer,
                               caf::actor runner, remote_subscription_options options) {
  self_ = self;
  consumer_ = std::move(consumer);
  runner_ = std::move(runner);
  options_ = std::move(options);
}

void remote_worker_state::on_session(const remote_session_actor& x) {
  session_ = x;
  subscribe();
}

void remote_worker_state::subscribe() {
  if (ended_)
    return;
  auto selection = selection_of(options_);
  if (!selection)
    return end(selection.error());
  ++generation_;
  subscribed_ = false;
  busy_ = false;
  pages_.clear();
  next_ = 0;
  self_
    ->request(
      session_, answer_deadline,
      remote_subscribe{consumer_, std::move(*selection), options_.from_beginning, options_.credit})
    .then(
      [this, generation = generation_](const remote_subscribed&) {
        if (generation == generation_)
          subscribed_ = true;
        work();
      },
      [this, generation = generation_](const caf::error& why) {
        if (generation != generation_)
          return;
        auto reason = to_failure(why);
        if (why.category() == caf::atom("carillon") && is_final(reason.code))
          return end(reason);
        self_->delayed_send(self_, options_.retry_pause, atom::tick_v, generation_);
      });
}

void remote_worker_state::tick(uint64_t generation) {
  if (generation != generation_ || ended_)
    return;
  busy_ = false;
  if (subscribed_)
    work();
  else
    subscribe();
}

// -- events -----------------------------------------------------------------------

void remote_worker_state::on_events(remote_events x) {
  pages_.push_back(std::move(x));
  work();
}

/// One event at a time: between two of them comes what else the mailbox holds, an end for example.
void remote_worker_state::work() {
  if (busy_ || ended_ || !subscribed_ || pages_.empty())
    return;
  busy_ = true;
  const auto& page = pages_.front();
  if (next_ < page.events.size()) {
    auto event = std::make_shared<const std::string>(page.events[next_]);
    self_->send(runner_, remote_run{generation_, std::move(event)});
    return;
  }
  acknowledge(page.up_to);
  pages_.pop_front();
  next_ = 0;
  self_->send(self_, atom::tick_v, generation_);
}

void remote_worker_state::on_ran(const remote_ran& x) {
  if (x.generation != generation_ || ended_)
    return;
  if (!x.ok) {
    self_->delayed_send(self_, options_.retry_pause, atom::tick_v, generation_);
    return;
  }
  ++next_;
  busy_ = false;
  work();
}

void remote_worker_state::acknowledge(uint64_t up_to) {
  self_->request(session_, answer_deadline, remote_acknowledge{consumer_, up_to})
    .then([](const remote_acknowledged&) {},
          // The events come again with the next session, or their successors acknowledge them.
          [](const caf::error&) {});
}

void remote_worker_state::on_end(const remote_ended& x) {
  end({x.code == name_of(ec::conflict) ? ec::conflict : ec::unauthenticated, x.detail, {}});
}

void remote_worker_state::end(const failure& why) {
  if (std::exchange(ended_, true))
    return;
  pages_.clear();
  self_->send(runner_, remote_run_end{why});
}

// -- actors -----------------------------------------------------------------------

caf::behavior remote_runner(caf::event_based_actor* self, remote_handler handler,
                            std::function<void(const failure&)> on_end) {
  stay_alive(self);
  return {
    [self, handler = std::move(handler)](const remote_run& x) {
      self->send(caf::actor_cast<caf::actor>(self->current_sender()),
                 remote_ran{x.generation, succeeds(handler, *x.event)});
    },
    [on_end = std::move(on_end)](const remote_run_end& x) {
      if (on_end)
        on_end(x.why);
    },
    [self](const remote_client_stop&) { self->quit(); },
  };
}

caf::behavior remote_worker(caf::stateful_actor<remote_worker_state>* self, std::string consumer,
                            caf::actor runner, remote_subscription_options options) {
  stay_alive(static_cast<caf::event_based_actor*>(self));
  auto* to = &self->state;
  to->init(self, std::move(consumer), std::move(runner), std::move(options));
  return {
    [to](const remote_worker_session& x) { to->on_session(x.session); },
    [to](remote_events& x) { to->on_events(std::move(x)); },
    [to](const remote_ended& x) { to->on_end(x); },
    [to](const remote_ran& x) { to->on_ran(x); },
    [to](atom::tick, uint64_t generation) { to->tick(generation); },
    [self](const remote_client_stop&) { self->quit(); },
  };
}

} // namespace carillon
