#include "actors/webhooks/endpoints/endpoint_idling.hpp"

#include <caf/typed_event_based_actor.hpp>

#include <algorithm>
#include <chrono>

namespace carillon {

namespace {

constexpr std::chrono::seconds idle_status_deadline{5};

} // namespace

endpoint_idling::endpoint_idling(webhook_hub_actor::pointer self, const webhook_hub_env& env,
                                 webhook_registry& registry, webhook_endpoints& endpoints)
  : self_{self}, env_{env}, registry_{registry}, endpoints_{endpoints} {
}

void endpoint_idling::check() {
  auto now = self_->clock().now();
  // Other endpoints wait for a place.
  auto idle = registry_.waiting() > 0 && endpoints_.are_places_full()
                ? std::min<std::chrono::milliseconds>(env_.options.idle, env_.options.tick)
                : env_.options.idle;
  for (auto& [id, x] : endpoints_.table())
    if (x.runs() && !x.feed.is_behind() && !x.asked && now - x.active_at >= idle)
      ask(id, x);
}

void endpoint_idling::ask(uint64_t id, running_endpoint& x) {
  x.asked = true;
  self_->request(x.consumer, idle_status_deadline, atom::status_v)
    .then(
      [this, id, given = x.given](const consumer_status& status) { on_status(id, given, status); },
      [this, id](const caf::error&) {
        if (auto* y = endpoints_.table().find(id))
          y->asked = false;
      });
}

void endpoint_idling::on_status(uint64_t id, uint64_t given, const consumer_status& status) {
  auto* x = endpoints_.table().find(id);
  if (x == nullptr || !x->runs())
    return;
  x->asked = false;
  // Its answer may not include work that it got since.
  if (x->given != given)
    return;
  if (status.in_flight > 0 || status.retrying > 0 || !x->feed.is_done(status.cursor))
    return;
  if (auto asleep_at = registry_.passivate(id, status.cursor))
    endpoints_.passivate(id, *asleep_at);
}

} // namespace carillon
