#pragma once

#include "actors/sessions/session_index.hpp"
#include "messages/sessions/options.hpp"

#include <caf/result.hpp>
#include <caf/typed_event_based_actor.hpp>
#include <caf/typed_response_promise.hpp>

#include <cstddef>
#include <deque>

namespace carillon {

/// Replays to the open sessions, a page at a time, one after the other. Part of the session hub, on
/// whose thread it runs.
class session_replays {
public:
  /// @param self the hub, which outlives this, as the sessions and the options do
  session_replays(session_hub_actor::pointer self, const session_index& sessions,
                  const session_hub_options& options);

  /// Answers when each session has sent its part, or its time is up. Errors: `overloaded`.
  caf::result<atom::done> add(const replay_request& x);

  /// Answers all that wait with this failure.
  void end(const failure& why);

private:
  /// A page of a replay.
  struct waiting {
    replay_request what;
    size_t next = 0;
    caf::typed_response_promise<atom::done> promise;
  };

  void go_on();
  void send_segment();

  session_hub_actor::pointer self_;
  const session_index& sessions_;
  const session_hub_options& options_;
  /// The first is under way.
  std::deque<waiting> waiting_;
  /// Sessions that have not answered for its segment.
  size_t awaited_ = 0;
};

} // namespace carillon
