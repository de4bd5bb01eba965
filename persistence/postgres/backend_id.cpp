#include "persistence/postgres/backend_id.hpp"

#include "persistence/postgres/connection.hpp"
#include "persistence/postgres/faults.hpp"

#include <algorithm>
#include <chrono>
#include <thread>

namespace carillon::postgres {

void end_backend(connection& over, const backend_id& x) {
  const auto end = std::chrono::steady_clock::now() + over.options().doubt_limit;
  do {
    // A working process ends by itself; it may be committing and must not be disturbed.
    auto found
      = over.ask("SELECT CASE WHEN state <> 'active' OR wait_event_type IN ('Client', 'Lock') "
                 "THEN pg_terminate_backend(pid) END FROM pg_stat_activity WHERE pid = $1::int "
                 "AND backend_start = $2::timestamptz AND pid <> pg_backend_pid()",
                 {x.process.c_str(), x.started_at.c_str()});
    if (found.empty())
      return;
    std::this_thread::sleep_for(std::min(over.options().pause, std::chrono::milliseconds{10}));
  } while (std::chrono::steady_clock::now() < end);
  throw unreachable{"a process of the server does not end"};
}

} // namespace carillon::postgres
