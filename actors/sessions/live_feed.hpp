#pragma once

#include "messages/sessions/interfaces.hpp"

#include <caf/typed_event_based_actor.hpp>

#include <chrono>
#include <deque>
#include <functional>
#include <vector>

namespace carillon {

/// Every event of the log from the head at the start on, once and in order: from the router's
/// batches, and from the log where these leave a gap. Part of an actor, on whose thread all
/// callbacks run.
class live_feed {
public:
  struct sources {
    feed_actor feed;
    log_reader_actor reader;
    /// Pause after the log could not be read.
    std::chrono::milliseconds store_pause{500};
  };

  struct handler {
    /// The feed is attached; events after this position follow.
    std::function<void(position head)> on_attached;
    /// The next events; all up to `to` were given, including those of this call.
    std::function<void(const std::vector<event_ptr>& events, position to)> on_events;
  };

  /// @param self the owner, which outlives the feed
  live_feed(session_hub_actor::pointer self, sources from, handler to);

  /// Asks the router for batches. If that fails, the owner quits.
  void attach();

  bool is_attached() const noexcept {
    return attached_;
  }

  /// A batch from the router; acknowledged when its events were given.
  void add(const event_batch_ptr& x);

  /// The log reaches at least this position.
  void reach(position head);

  /// Reads on if events are missing.
  void look();

private:
  using clock = std::chrono::steady_clock;

  void go_on();
  void give(const std::vector<event_ptr>& events, position to);
  void read_page();

  session_hub_actor::pointer self_;
  sources from_;
  handler to_;
  std::deque<event_batch_ptr> pending_;
  /// The next position to give.
  position next_ = 1;
  position known_head_ = 0;
  clock::time_point pause_until_;
  bool attached_ = false;
  bool reading_ = false;
};

} // namespace carillon
