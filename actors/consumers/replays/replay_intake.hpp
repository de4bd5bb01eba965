#pragma once

#include "actors/consumers/delivery_window.hpp"
#include "messages/consumers/replay.hpp"
#include "messages/events/filter.hpp"

#include <cstddef>
#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <vector>

namespace carillon {

/// Events of replays whose first attempt has not ended. A request is answered when each of its
/// events is done or has a durable retry row. Plain logic without time, threads or I/O.
class replay_intake {
public:
  using answer = std::function<void()>;

  /// A request whose events all had their first attempt.
  struct ended {
    answer done;
    /// Some attempt failed: its row has to be durable before `done` is called.
    bool failed = false;
  };

  /// Accepts the events that match, except for those that `window` has a row for or that are here
  /// already. Counts each as running in `window`; each must come back by `complete`.
  /// @param done called at once if no event is accepted
  /// @returns the accepted events
  std::vector<event_ptr> accept(const replay_request& x, const event_filter& filter,
                                delivery_window& window, answer done);

  /// An attempt has ended; ignored unless it is the first of an event that is here.
  /// @returns the request, if this was its last event
  std::optional<ended> complete(delivery_key x, bool failed);

private:
  struct request {
    answer done;
    size_t remaining = 0;
    bool failed = false;
  };

  std::map<delivery_key, std::shared_ptr<request>> running_;
};

} // namespace carillon
