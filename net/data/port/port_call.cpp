#include "net/data/port/port_call.hpp"

#include "net/data/inbound/inbound_entrance.hpp"
#include "net/data/notifications/notification_route.hpp"
#include "net/data/workers/worker_route.hpp"

namespace carillon::data {

port_call port_call_of(std::string_view path) noexcept {
  if (path == "/healthz")
    return port_call::health;
  if (path == "/api/events")
    return port_call::publish;
  if (path == "/ws")
    return port_call::session_socket;
  if (path == "/api/events/stream")
    return port_call::session_stream;
  if (path == "/portal" || path.starts_with("/portal/"))
    return port_call::portal;
  if (notification_route_of(path))
    return port_call::notifications;
  if (worker_route_of(path))
    return port_call::work;
  if (inbound_name_of(path))
    return port_call::inbound;
  if (path.starts_with(delayed_event_prefix) && path.size() > delayed_event_prefix.size())
    return port_call::delayed_event;
  return port_call::none;
}

} // namespace carillon::data
