#pragma once

#include "actors/webhooks/endpoints/endpoint_table.hpp"
#include "actors/webhooks/webhook_hub_env.hpp"
#include "actors/webhooks/webhook_registry.hpp"
#include "actors/webhooks/webhook_secrets.hpp"

#include <functional>
#include <string>
#include <vector>

namespace carillon {

/// Life of the endpoints: activates webhooks that have work as far as there are places, restarts
/// crashed ones after a back-off and changed ones at once, and ends them. Part of the hub's state.
class webhook_endpoints {
public:
  /// All references outlive it.
  webhook_endpoints(webhook_hub_actor::pointer self, const webhook_hub_env& env,
                    webhook_registry& registry, const webhook_secrets& secrets);

  webhook_endpoints(const webhook_endpoints&) = delete;
  webhook_endpoints& operator=(const webhook_endpoints&) = delete;

  // -- changes of state -----------------------------------------------------------

  /// A webhook has work: its endpoint starts, now or when there is a place and it has its turn.
  void start(uint64_t id);

  /// The same without waiting for its turn: somebody waits for the answer.
  void start_at_once(uint64_t id);

  /// It was changed: no attempt begins with the old settings. Starts it if it does not run.
  void restart(uint64_t id);

  /// It was disabled: ends after the attempts under way.
  void stop(uint64_t id);

  /// It has nothing left to do: ends, which is stored, with the position up to which it is idle.
  void passivate(uint64_t id, position asleep_at);

  /// Ends at once.
  void end(uint64_t id);

  /// An actor that it monitors has ended.
  void on_down(const caf::down_msg& x);

  /// The back-off of a crashed one is over.
  void on_restart(uint64_t id);

  /// Starts nothing from now on, and calls `done` when all have committed their progress, or after
  /// the grace period.
  void drain(std::function<void()> done);

  bool is_draining() const noexcept {
    return draining_;
  }

  /// Others wait for one to end.
  bool are_places_full() const noexcept {
    return table_.size() >= env_.options.max_running;
  }

  // -- properties -------------------------------------------------------------------

  endpoint_table& table() noexcept {
    return table_;
  }

private:
  /// One more may start.
  bool has_room() const noexcept {
    return !are_places_full() && starting_ < env_.options.max_starting;
  }

  void start(uint64_t id, bool has_place);
  void load(uint64_t id);
  void enter(running_endpoint& x, endpoint_phase phase) noexcept;
  void on_loaded(uint64_t id, const webhook_with_secrets& x);
  void spawn(uint64_t id, running_endpoint& x, const webhook& record,
             std::vector<signing_secret> secrets);
  void drain_one(uint64_t id, running_endpoint& x);
  void rest(uint64_t id, running_endpoint& x, std::string why);
  void start_waiting();

  webhook_hub_actor::pointer self_;
  const webhook_hub_env& env_;
  webhook_registry& registry_;
  const webhook_secrets& secrets_;
  endpoint_table table_;
  /// Endpoints in the phase `loading`.
  size_t starting_ = 0;
  bool draining_ = false;
};

} // namespace carillon
