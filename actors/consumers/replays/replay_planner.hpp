#pragma once

#include "actors/consumers/consumer_children.hpp"
#include "actors/consumers/supervisor_env.hpp"

#include <caf/expected.hpp>

#include <functional>
#include <memory>
#include <string>
#include <vector>

namespace carillon {

/// Finds out where a replay goes, and how many events it has. Used in the supervisor's actor only.
class replay_planner {
public:
  /// Handlers, webhooks by id, and the sessions.
  using receivers = std::vector<replay_target>;
  using receivers_callback = std::function<void(expected<receivers>)>;
  using request_callback = std::function<void(caf::expected<create_replay>)>;
  using plan_callback = std::function<void(caf::expected<replay_plan>)>;

  /// @param self,env,children outlive this
  replay_planner(supervisor_actor::pointer self, const supervisor_env& env,
                 const consumer_children& children);

  /// Finds what a replay goes to. Errors: `not_found`, and those of the webhook hub.
  void find_receivers(const replay_record& x, const receivers_callback& done);

  /// Fills in the end of the replay, and the number of events that it re-fires.
  void measure(create_replay x, const request_callback& done);

  /// Receivers with the number of events for each handler; a replay that lists positions has none.
  void plan(const create_replay& x, const plan_callback& done);

private:
  receivers replayed_handlers() const;
  void find_webhook(const replay_target& x, const receivers_callback& done);
  void add_webhooks(receivers to, const replay_record& x, const receivers_callback& done);
  void measure_handlers(const create_replay& x, const std::shared_ptr<replay_plan>& out,
                        size_t next, const plan_callback& done);

  supervisor_actor::pointer self_;
  const supervisor_env& env_;
  const consumer_children& children_;
};

} // namespace carillon
