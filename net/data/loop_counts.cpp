#include "net/data/loop_counts.hpp"

#include <atomic>
#include <utility>

namespace carillon::data {

void loop_counts::report(telemetry& to) noexcept {
  auto add = [](telemetry::counter& sum, uint64_t& x) {
    if (x > 0)
      sum.fetch_add(std::exchange(x, 0), std::memory_order_relaxed);
  };
  add(to.http_requests, requests);
  add(to.http_refused, refused);
  add(to.bytes_in, bytes_in);
  add(to.bytes_out, bytes_out);
  add(to.session_bytes_out, session_bytes_out);
  add(to.session_frames, session_frames);
  add(to.sessions_refused, sessions_refused);
}

} // namespace carillon::data
