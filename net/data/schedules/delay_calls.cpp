#include "net/data/schedules/delay_calls.hpp"

#include "net/data/ask_within.hpp"

#include <utility>

namespace carillon {

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
  if (whom == nullptr)
    return to(failure{ec::store_unavailable, "nothing is scheduled here", {}});
  ask_within(system_, places_, company, whom, std::move(x), until, std::move(to));
}

} // namespace carillon
