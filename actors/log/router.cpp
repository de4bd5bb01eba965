#include "actors/log/router.hpp"

#include "actors/log/publish_spans.hpp"
#include "messages/actor_defaults.hpp"

#include <algorithm>

namespace carillon {

void router_state::init(router_actor::pointer self, log_writer_actor writer,
                        const router_options& options, telemetry_ptr stats, position head,
                        position indexed) {
  self_ = self;
  writer_ = std::move(writer);
  options_ = options;
  stats_ = std::move(stats);
  events_ = stats_->bounds.add("events in flight", "events", options_.max_in_flight_events);
  bytes_ = stats_->bounds.add("bytes in flight", "bytes", options_.max_in_flight_bytes);
  lag_ = stats_->bounds.add("index lag", "events", options_.max_index_lag);
  head_ = head;
  indexed_ = indexed;
  rebuilding_ = head_ - indexed_ > options_.max_index_lag;
  stats_->head = head;
  stats_->indexed = indexed;
}

uint64_t router_state::cost_of(const pending& x) const noexcept {
  return std::clamp<uint64_t>(x.call->size(), 1, options_.max_index_lag);
}

/// Adds the call's events to the distance of the index, unless its company has used up its share.
bool router_state::may_hand_over(const pending& x) {
  if (!options_.index_follows)
    return true;
  const auto& company = x.call->company();
  // However large a call is: what was there before decides.
  if (!rebuilding_ && !lag_->try_take(company, 1))
    return false;
  lag_->hold(company, cost_of(x) - (rebuilding_ ? 0 : 1));
  return true;
}

expected<void> router_state::admit(const publish_call& call) {
  if (const auto x = events_->take(call.company(), call.size()); x != share_verdict::granted)
    return events_->refusal(x);
  if (const auto x = bytes_->take(call.company(), call.bytes()); x != share_verdict::granted) {
    events_->give_back(call.company(), call.size());
    return bytes_->refusal(x);
  }
  return {};
}

void router_state::publish(publish_call_ptr call) {
  if (draining_) {
    call->complete(failure{ec::shutting_down, "the node is shutting down", {}});
    return;
  }
  if (auto admitted = admit(*call); !admitted) {
    auto& refused = admitted.error().code == ec::quota_exceeded ? stats_->refused_quota
                                                                : stats_->refused_overloaded;
    refused += call->size();
    if (stats_->traces != nullptr)
      record_publishes(*stats_->traces, call->drafts(),
                       {.items = {}, .batch = {}, .fault = admitted.error()}, {});
    call->complete(std::move(admitted).error());
    return;
  }
  in_flight_events_ += call->size();
  in_flight_bytes_ += call->bytes();
  stats_->in_flight_events = in_flight_events_;
  stats_->in_flight_bytes = in_flight_bytes_;
  pending added{std::move(call), self_->clock().now(), nullptr};
  auto others = waiting_.find(added.call->company());
  if (others != waiting_.end())
    others->second.push_back(std::move(added));
  else if (may_hand_over(added))
    hand_over(std::move(added));
  else
    waiting_[std::string{added.call->company()}].push_back(std::move(added));
}

/// Companies take turns, a call each.
void router_state::dispatch() {
  refuse_expired();
  for (bool progress = true; progress;) {
    progress = false;
    for (auto i = waiting_.begin(); i != waiting_.end();) {
      progress = dispatch_one(i->second) || progress;
      i = i->second.empty() ? waiting_.erase(i) : std::next(i);
    }
  }
}

bool router_state::dispatch_one(std::deque<pending>& of) {
  if (!may_hand_over(of.front()))
    return false;
  hand_over(std::move(of.front()));
  of.pop_front();
  return true;
}

void router_state::hand_over(pending x) {
  auto ticket = next_ticket_++;
  append_request request{std::make_shared<std::vector<draft_ptr>>(std::move(x.call->drafts())),
                         x.call->company()};
  if (stats_->traces != nullptr)
    x.traced = request.drafts;
  writing_.emplace(ticket, std::move(x));
  // No timeout: the writer answers every append, or it is dead. `expire` answers waiting
  // publishers; events appended by a late answer must still reach consumers.
  self_->request(writer_, answered_or_ended, std::move(request))
    .then(
      [this, ticket](const append_result_ptr& result) { on_appended(ticket, result); },
      [this, ticket](const caf::error& reason) { on_append_failed(ticket, to_failure(reason)); });
}

void router_state::on_appended(uint64_t ticket, const append_result_ptr& result) {
  uint64_t duplicates = 0;
  uint64_t conflicts = 0;
  for (const auto& x : result->items) {
    duplicates += x.duplicate ? 1 : 0;
    conflicts += x.is_conflict() ? 1 : 0;
  }
  stats_->published_events += result->items.size() - duplicates - conflicts;
  stats_->duplicate_events += duplicates;
  stats_->conflicting_events += conflicts;
  auto answered = writing_.extract(ticket);
  position last = 0;
  for (const auto& x : result->items)
    if (!x.duplicate && !x.is_conflict())
      last = std::max(last, x.seq);
  await_index(answered.mapped(), last);
  if (const auto& x = answered.mapped(); x.traced != nullptr)
    record_publishes(*stats_->traces, *x.traced, *result, self_->clock().now() - x.admitted_at);
  if (result->fault) {
    stats_->refused_unavailable += answered.mapped().call->size() - result->items.size();
    finish(answered.mapped(), *result->fault);
  } else {
    finish(answered.mapped(), result->items);
  }
  if (result->batch != nullptr) {
    reach(result->batch->last());
    forward(result->batch);
  }
  finish_drain();
}

/// @param last stored position; 0 if nothing was stored
void router_state::await_index(const pending& x, position last) {
  if (!options_.index_follows)
    return;
  if (last <= indexed_)
    lag_->give_back(x.call->company(), cost_of(x));
  else
    unindexed_.emplace(last, unindexed{std::string{x.call->company()}, cost_of(x)});
}

void router_state::reach(position head) {
  head_ = std::max(head_, head);
  stats_->head = head_;
  if (!options_.index_follows)
    stats_->indexed = indexed_ = head_;
}

void router_state::on_appended_elsewhere(position head) {
  if (head <= head_)
    return;
  reach(head);
  for (auto& [id, x] : consumers_) {
    // A subscriber without credit is told when it gives a credit back.
    if (x.unacknowledged < options_.consumer_credit)
      self_->send(x.handle, atom::head_v, head_);
    else
      x.behind = true;
  }
}

void router_state::on_append_failed(uint64_t ticket, const failure& reason) {
  auto answered = writing_.extract(ticket);
  await_index(answered.mapped(), 0);
  stats_->refused_unavailable += answered.mapped().call->size();
  if (const auto& x = answered.mapped(); x.traced != nullptr)
    record_publishes(*stats_->traces, *x.traced, {.items = {}, .batch = {}, .fault = reason},
                     self_->clock().now() - x.admitted_at);
  finish(answered.mapped(), reason);
  finish_drain();
}

void router_state::finish(pending& x, expected<receipts> result) {
  events_->give_back(x.call->company(), x.call->size());
  bytes_->give_back(x.call->company(), x.call->bytes());
  in_flight_events_ -= x.call->size();
  in_flight_bytes_ -= x.call->bytes();
  stats_->in_flight_events = in_flight_events_;
  stats_->in_flight_bytes = in_flight_bytes_;
  stats_->publish_latency.record(self_->clock().now() - x.admitted_at);
  x.call->complete(std::move(result));
}

void router_state::forward(const event_batch_ptr& batch) {
  for (auto& [id, x] : consumers_) {
    if (x.unacknowledged < options_.consumer_credit) {
      ++x.unacknowledged;
      self_->send(x.handle, batch);
    } else {
      x.behind = true;
    }
  }
}

position router_state::attach(const batch_taker_actor& x) {
  if (consumers_.try_emplace(x->id(), subscriber{x}).second)
    self_->monitor(x);
  return head_;
}

void router_state::detach(const caf::actor_addr& x) {
  if (consumers_.erase(x.id()) > 0)
    self_->demonitor(x);
}

void router_state::acknowledge(const batch_taker_actor& x) {
  auto i = consumers_.find(x->id());
  if (i == consumers_.end())
    return;
  if (i->second.unacknowledged > 0)
    --i->second.unacknowledged;
  if (std::exchange(i->second.behind, false))
    self_->send(x, atom::head_v, head_);
}

void router_state::on_indexed(position x) {
  indexed_ = x;
  rebuilding_ = rebuilding_ && head_ - indexed_ > options_.max_index_lag;
  stats_->indexed = x;
  // Beyond it, events may have been stored between those of others: its part is an estimate.
  for (auto i = unindexed_.begin(); i != unindexed_.end();) {
    const auto left = i->first > x ? std::min<uint64_t>(i->second.held, i->first - x) : 0;
    if (left == i->second.held)
      break;
    lag_->give_back(i->second.company, i->second.held - left);
    i->second.held = left;
    i = left == 0 ? unindexed_.erase(i) : std::next(i);
  }
  dispatch();
}

void router_state::refuse_expired() {
  auto now = self_->clock().now();
  for (auto i = waiting_.begin(); i != waiting_.end();) {
    auto& of = i->second;
    while (!of.empty() && of.front().call->deadline() <= now) {
      stats_->refused_timeout += of.front().call->size();
      finish(of.front(),
             failure{ec::overloaded, "the event could not be stored in time, retry later", {}});
      of.pop_front();
    }
    i = of.empty() ? waiting_.erase(i) : std::next(i);
  }
}

void router_state::expire() {
  auto now = self_->clock().now();
  // It is not known yet whether these are stored; their ids make a second try safe.
  for (auto& [ticket, x] : writing_) {
    if (x.call->deadline() <= now)
      x.call->complete(failure{
        ec::store_unavailable, "the store did not answer in time, retry with the same id", {}});
  }
  refuse_expired();
  finish_drain();
}

caf::result<atom::done> router_state::drain() {
  draining_ = true;
  auto promise = self_->make_response_promise<atom::done>();
  drain_promises_.push_back(promise);
  finish_drain();
  return promise;
}

void router_state::finish_drain() {
  if (!draining_ || !writing_.empty() || !waiting_.empty())
    return;
  for (auto& x : drain_promises_)
    x.deliver(atom::done_v);
  drain_promises_.clear();
}

router_actor::behavior_type router(router_actor::stateful_pointer<router_state> self,
                                   log_writer_actor writer, router_options options,
                                   telemetry_ptr stats, position head, position indexed) {
  self->state.init(self, std::move(writer), options, std::move(stats), head, indexed);
  stay_alive(self);
  self->set_down_handler([self](const caf::down_msg& x) { self->state.detach(x.source); });
  auto tick = options.tick;
  self->delayed_send(self, tick, atom::tick_v, uint64_t{0});
  return {
    [self](const publish_call_ptr& call) { self->state.publish(call); },
    [self](atom::attach, const batch_taker_actor& x) { return self->state.attach(x); },
    [self](atom::detach, const batch_taker_actor& x) { self->state.detach(x.address()); },
    [self](atom::acknowledge, const batch_taker_actor& x) { self->state.acknowledge(x); },
    [self](atom::indexed, position x) { self->state.on_indexed(x); },
    [self](atom::head, position x) { self->state.on_appended_elsewhere(x); },
    [self](atom::drain) { return self->state.drain(); },
    [self](atom::head) { return self->state.head(); },
    [self, tick](atom::tick, uint64_t) {
      self->state.expire();
      self->delayed_send(self, tick, atom::tick_v, uint64_t{0});
    },
  };
}

} // namespace carillon
