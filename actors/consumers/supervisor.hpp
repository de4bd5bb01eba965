#pragma once

#include "actors/consumers/consumer_children.hpp"
#include "actors/consumers/replays/replay_planner.hpp"
#include "actors/consumers/replays/running_replays.hpp"
#include "actors/consumers/supervisor_env.hpp"

#include <caf/stateful_actor.hpp>
#include <caf/typed_event_based_actor.hpp>
#include <caf/typed_response_promise.hpp>

#include <optional>
#include <string>
#include <vector>

namespace carillon {

/// State of a SUPERVISOR: answers requests about its consumers and replays.
class supervisor_state {
public:
  static constexpr const char* name = "carillon.supervisor";

  supervisor_state() = default;

  void init(supervisor_actor::pointer self, supervisor_env env);

  // -- consumers --------------------------------------------------------------

  caf::result<atom::done> add(const consumer_settings_ptr& spec);
  caf::result<atom::done> remove(const std::string& consumer);
  /// An empty name: goes on with interrupted replays.
  void restart(const std::string& consumer);
  void on_down(const caf::down_msg& x);
  caf::result<consumer_statuses> list();
  caf::result<consumer_status> pause(const pause_consumer& x);
  caf::result<dead_letter> resolve(const resolve_dead_letter& x);

  // -- replays ----------------------------------------------------------------

  caf::result<replay_taker_actor> find(const replay_target& target);
  caf::result<replay_record> create(const create_replay& x);
  caf::result<replay_plan> count(const create_replay& x);

  // -- shutdown ---------------------------------------------------------------

  caf::result<atom::done> drain();

private:
  void retry(const dead_letter& x);

  supervisor_actor::pointer self_ = nullptr;
  supervisor_env env_;
  /// Set by `init`.
  std::optional<consumer_children> children_;
  std::optional<replay_planner> planner_;
  std::optional<running_replays> replays_;
  bool draining_ = false;
  std::vector<caf::typed_response_promise<atom::done>> drain_promises_;
};

/// Runs a SUPERVISOR.
supervisor_actor::behavior_type
supervisor(supervisor_actor::stateful_pointer<supervisor_state> self, supervisor_env env);

} // namespace carillon
