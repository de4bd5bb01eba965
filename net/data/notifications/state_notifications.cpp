#include "net/data/notifications/state_notifications.hpp"

#include "net/data/ask_within.hpp"

#include <algorithm>
#include <utility>

namespace carillon {

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
  if (whom == nullptr)
    return to(failure{ec::store_unavailable, "notifications are not kept here", {}});
  const auto company = x.company_id.value_or("");
  ask_within(system_, places_, company, whom, std::move(x),
             std::min(until, time_point::clock::now() + timeout_), std::move(to));
}

} // namespace carillon
