#include "node/session_fit.hpp"

#include <algorithm>

namespace carillon {

void fit_sessions(engine_options& to, const session_port_options& of) {
  auto& sessions = to.sessions;
  sessions.max_sessions = of.max_sessions;
  sessions.session.heartbeat = of.heartbeat;
  // The budget must have room for more than one segment or page.
  const auto share = of.budget_bytes / 4;
  sessions.segment_bytes = std::min(sessions.segment_bytes, share);
  sessions.session.page_bytes = std::min(sessions.session.page_bytes, share);
}

} // namespace carillon
