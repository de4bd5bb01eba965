#include "net/data/notifications/state_notifications.hpp"

#include "messages/caf_error.hpp"

#include <caf/actor_system.hpp>
#include <caf/event_based_actor.hpp>

#include <algorithm>
#include <memory>
#include <utility>

namespace carillon {

namespace {

/// A request on its way: its place is free again when its actor is gone.
template <class T>
struct pending_request {
  notification_access::reply<T> to;
  bound_lease place;
};

} // namespace

state_notifications::state_notifications(caf::actor_system& system, const engine_handles& actors,
                                         bounds& shared, std::chrono::milliseconds timeout)
  : system_(system), reader_(actors.state_reader.notifications),
    writer_(actors.state_writer.notifications),
    places_(shared.add("notification requests", "requests in progress", most_requests)),
    timeout_(timeout) {
}

void state_notifications::ask(list_notifications x, time_point until, reply<notification_list> to) {
  send(reader_, std::move(x), until, std::move(to));
}

void state_notifications::ask(get_notification x, time_point until, reply<notification> to) {
  send(reader_, std::move(x), until, std::move(to));
}

void state_notifications::ask(read_notifications x, time_point until, reply<uint64_t> to) {
  send(writer_, std::move(x), until, std::move(to));
}

template <class Request>
void state_notifications::send(const notification_store_actor& whom, Request x, time_point until,
                               reply<typename Request::answer> to) {
  using std::chrono::milliseconds;
  using answer = typename Request::answer;
  if (whom == nullptr)
    return to(failure{ec::store_unavailable, "notifications are not kept here", {}});
  auto left = std::chrono::duration_cast<milliseconds>(until - time_point::clock::now());
  left = std::min(left, timeout_);
  if (left <= milliseconds{0})
    return to(failure{ec::timeout, "the deadline passed before there was an answer", {}});
  auto place = bound_lease::take(places_, x.company_id.value_or(""), 1);
  if (!place)
    return to(place.error());
  auto pending = std::make_shared<pending_request<answer>>(
    pending_request<answer>{std::move(to), std::move(*place)});
  // Hidden: the actor system does not wait for it at its end.
  system_.spawn<caf::hidden>(
    [whom, left, x = std::move(x), pending = std::move(pending)](caf::event_based_actor* self,
                                                                 int /*CAF wants one*/) {
      self->request(whom, left, x)
        .then([pending](answer& found) { pending->to(std::move(found)); },
              [pending](const caf::error& why) { pending->to(to_failure(why)); });
    },
    0);
}

} // namespace carillon
