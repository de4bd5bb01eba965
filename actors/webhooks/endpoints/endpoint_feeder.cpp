#include "actors/webhooks/endpoints/endpoint_feeder.hpp"

#include <caf/typed_event_based_actor.hpp>

#include <algorithm>
#include <unordered_map>
#include <utility>

namespace carillon {

namespace {

/// Replays that wait for one endpoint to start.
constexpr size_t max_finders = 100;

std::vector<event_ptr> in_order(const std::vector<const webhook_matches::group*>& groups) {
  std::vector<event_ptr> out;
  for (const auto* x : groups)
    out.insert(out.end(), x->events.begin(), x->events.end());
  if (groups.size() > 1)
    std::sort(out.begin(), out.end(), [](const auto& a, const auto& b) { return a->seq < b->seq; });
  return out;
}

} // namespace

endpoint_feeder::endpoint_feeder(webhook_hub_actor::pointer self, webhook_registry& registry,
                                 webhook_endpoints& endpoints)
  : self_{self}, registry_{registry}, endpoints_{endpoints} {
}

void endpoint_feeder::on_matches(const webhook_matches& x) {
  registry_.matched(x.to);
  std::unordered_map<uint64_t, groups> found;
  for (const auto& group : x.groups)
    for (auto id : group.webhooks)
      found[id].push_back(&group);
  for (const auto& [id, of] : found) {
    auto* y = endpoints_.table().find(id);
    if (y != nullptr && y->runs())
      feed(*y, of);
    else if (y == nullptr)
      endpoints_.start(id);
    else
      y->again = y->again || y->phase == endpoint_phase::draining;
  }
}

void endpoint_feeder::feed(running_endpoint& x, const groups& of) {
  if (x.feed.is_behind()) {
    note_work(x);
    return;
  }
  auto events = in_order(of);
  x.feed.drop_known(events);
  if (events.empty())
    return;
  note_work(x);
  if (auto batch = x.feed.next_batch(std::move(events), registry_.matched_to()))
    self_->send(x.consumer, std::move(batch));
}

void endpoint_feeder::note_work(running_endpoint& x) const {
  ++x.given;
  x.active_at = self_->clock().now();
}

void endpoint_feeder::on_retry_row(uint64_t id, const retry_row& x) {
  auto* y = endpoints_.table().find(id);
  // A starting endpoint reads its rows itself.
  if (y != nullptr && y->runs()) {
    note_work(*y);
    self_->send(y->consumer, x);
  } else if (registry_.is_enabled(id)) {
    endpoints_.start(id);
  }
}

caf::result<replay_taker_actor> endpoint_feeder::find(uint64_t id) {
  auto standing = registry_.find(id);
  if (!standing)
    return to_error({ec::not_found, "there is no webhook " + std::to_string(id), "id"});
  if (!standing->enabled)
    return to_error({ec::conflict, "the webhook is disabled", "id"});
  endpoints_.start_at_once(id);
  auto* x = endpoints_.table().find(id);
  if (x == nullptr || endpoints_.is_draining())
    return to_error({ec::overloaded, "too many webhooks are at work", {}});
  if (x->runs()) {
    // It is about to get work.
    note_work(*x);
    return replay_taker_actor{x->consumer};
  }
  if (x->finders.size() >= max_finders)
    return to_error({ec::overloaded, "the webhook is being started", {}});
  auto promise = self_->make_response_promise<replay_taker_actor>();
  x->finders.push_back(promise);
  return promise;
}

position endpoint_feeder::attach(const batch_taker_actor& x) {
  auto id = endpoints_.table().webhook_of(x.id());
  return id ? endpoints_.table().find(*id)->feed.sent_to() : 0;
}

void endpoint_feeder::acknowledge(const batch_taker_actor& x) {
  auto id = endpoints_.table().webhook_of(x.id());
  if (!id)
    return;
  auto& y = *endpoints_.table().find(*id);
  y.feed.acknowledge();
  // It reads the events that were not sent to it; from here on events are sent again.
  if (y.runs() && y.feed.catch_up(registry_.matched_to()))
    self_->send(y.consumer, atom::head_v, registry_.matched_to());
}

} // namespace carillon
