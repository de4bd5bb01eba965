#pragma once

#include "actors/consumers/replays/replay_planner.hpp"
#include "actors/consumers/supervisor_env.hpp"

#include <caf/fwd.hpp>

#include <cstdint>
#include <map>

namespace carillon {

/// The replays that run under a supervisor, each with an actor of its own. Used in the supervisor's
/// actor only; the replays end with it, and are resumed at the next start.
class running_replays {
public:
  /// @param self,env,planner outlive this
  running_replays(supervisor_actor::pointer self, const supervisor_env& env,
                  replay_planner& planner);
  running_replays(const running_replays&) = delete;
  running_replays& operator=(const running_replays&) = delete;
  ~running_replays();

  /// Stores a replay and starts it. Errors: `shutting_down`, `overloaded` (too many run), and those
  /// of the planner and the store.
  caf::result<replay_record> create(const create_replay& x);

  /// Resumes the replays that a stop or a crash interrupted.
  void resume();

  /// Forgets a replay that has ended; false for all other actors.
  bool on_down(const caf::down_msg& x);

  /// Ends all; from now on none is started.
  void drain();

private:
  struct running {
    uint64_t id = 0;
    replay_actor handle;
  };

  void start(const replay_record& record);
  void start_to(const replay_record& record, const replay_planner::receivers& to);
  void postpone(const replay_record& record, const failure& why);

  supervisor_actor::pointer self_;
  const supervisor_env& env_;
  replay_planner& planner_;
  std::map<caf::actor_id, running> replays_;
  bool draining_ = false;
};

} // namespace carillon
