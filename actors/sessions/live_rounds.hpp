#pragma once

#include "actors/sessions/session_index.hpp"
#include "messages/sessions/live_event.hpp"

#include <cstdint>
#include <functional>
#include <vector>

namespace carillon {

/// Decides which sessions get which of the latest events. Sessions that may see the same events
/// share one segment. Plain logic.
class live_rounds {
public:
  using sender = std::function<void(session_entry& to, const live_segment_ptr& x)>;

  /// Gives each session at most one segment: its own, its company's, or that of all; none without
  /// an event for it.
  /// @param to the position that the events reach
  void send(const session_index& sessions, const std::vector<live_event_ptr>& events, position to,
            const sender& send_to);

private:
  void send_shares(const session_index& sessions, const std::vector<live_event_ptr>& events,
                   position to, const sender& send_to);
  void send_once(session_entry& to, const live_segment_ptr& x, const sender& send_to) const;

  /// The number of this round, see `session_entry::round`.
  uint64_t round_ = 0;
};

} // namespace carillon
