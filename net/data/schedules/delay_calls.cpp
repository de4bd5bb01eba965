#include "net/data/schedules/delay_calls.hpp"

#include "messages/caf_error.hpp"

#include <caf/event_based_actor.hpp>

#include <memory>
#include <utility>

namespace carillon {

namespace {

/// A request on its way: its place is free again when its actor is gone.
template <class T>
struct pending_delay {
  delay_calls::reply<T> to;
  bound_lease place;
};

} // namespace

delay_calls::delay_calls(caf::actor_system& system, const engine_handles& actors, bounds& shared,
                         const type_registry& types, bool accept_unknown_types)
  : system_(system), scheduler_(actors.schedules), reader_(actors.state_reader.schedules),
    places_(shared.add("delayed event requests", "requests in progress", most_requests)),
    types_(types), accept_unknown_types_(accept_unknown_types) {
}

parse_context delay_calls::parsing(std::string_view company) const {
  return {.types = &types_,
          .accept_unknown_types = accept_unknown_types_,
          .now = wall_clock_now(),
          .company_id = company};
}

void delay_calls::put(put_delayed x, const std::string& company, time_point until,
                      reply<delayed_event> to) {
  send(scheduler_, std::move(x), company, until, std::move(to));
}

void delay_calls::show(get_delayed x, time_point until, reply<delayed_event> to) {
  const auto company = x.company_id.value_or("");
  send(reader_, std::move(x), company, until, std::move(to));
}

void delay_calls::cancel(cancel_delayed x, time_point until, reply<atom::done> to) {
  const auto company = x.company_id.value_or("");
  send(scheduler_, std::move(x), company, until, std::move(to));
}

template <class Handle, class Request>
void delay_calls::send(const Handle& whom, Request x, const std::string& company, time_point until,
                       reply<reply_of<Request>> to) {
  using std::chrono::milliseconds;
  using answer = reply_of<Request>;
  if (whom == nullptr)
    return to(failure{ec::store_unavailable, "nothing is scheduled here", {}});
  const auto left = std::chrono::duration_cast<milliseconds>(until - time_point::clock::now());
  if (left <= milliseconds{0})
    return to(failure{ec::timeout, "the deadline passed before there was an answer", {}});
  auto place = bound_lease::take(places_, company, 1);
  if (!place)
    return to(place.error());
  auto pending = std::make_shared<pending_delay<answer>>(
    pending_delay<answer>{std::move(to), std::move(*place)});
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
