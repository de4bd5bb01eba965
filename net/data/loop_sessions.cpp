#include "net/data/loop_sessions.hpp"

#include <atomic>
#include <utility>

namespace carillon::data {

bool loop_sessions::may_open() const noexcept {
  return port_.backend.open_session && port_.sessions < port_.options.sessions.max_sessions;
}

void loop_sessions::adopt(std::shared_ptr<loop_tenant> x, address_counts::seat seat) {
  port_.sessions.fetch_add(1, std::memory_order_relaxed);
  tenants_.add(std::move(x), std::move(seat));
}

void loop_sessions::remove(loop_tenant& x) {
  tenants_.remove(x);
  port_.sessions.fetch_sub(1, std::memory_order_relaxed);
  port_.backend.stats->connections.fetch_sub(1, std::memory_order_relaxed);
  port_.connections.fetch_sub(1, std::memory_order_relaxed);
}

void loop_sessions::count_closed(uint16_t code) noexcept {
  port_.backend.stats->sessions_closed.at(session_close_slot(code))
    .fetch_add(1, std::memory_order_relaxed);
}

} // namespace carillon::data
