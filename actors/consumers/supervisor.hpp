#pragma once

#include "actors/consumers/consumer.hpp"
#include "actors/consumers/replay.hpp"
#include "messages/webhooks/interfaces.hpp"

#include <caf/stateful_actor.hpp>
#include <caf/typed_event_based_actor.hpp>
#include <caf/typed_response_promise.hpp>

#include <chrono>
#include <functional>
#include <map>
#include <string>
#include <vector>

namespace carillon {

/// Limits of the supervisor.
struct supervisor_options {
  /// Interrupted replays resume after this pause since the last registration of a consumer; it
  /// gives an application time to register all of its consumers.
  std::chrono::milliseconds resume_pause{1'000};
  /// Pause before the first restart of a crashed consumer; doubles up to the maximum, and is reset
  /// once the consumer has run for the maximum.
  std::chrono::milliseconds restart_pause{200};
  std::chrono::milliseconds max_restart_pause{30'000};
  /// Consumers.
  size_t max_consumers = 1'000;
  /// Replays that run at a time.
  size_t max_replays = 8;
  replay_options replay;
};

/// Dependencies of the supervisor.
struct supervisor_env {
  consumer_env consumers;
  replay_store_actor replays;
  /// Counts for replays; separate from the consumers' reader, since a count may take long.
  log_reader_actor counter;
  supervisor_options options;
  /// Runs the consumers of webhooks; null = there are none.
  webhook_hub_actor webhooks;
  /// Accepts replays for sessions; null = there are none.
  replay_taker_actor sessions;
  /// Called with the name and the reason for each consumer that crashed and is restarted; may be
  /// empty.
  std::function<void(const std::string& consumer, const std::string& reason)> on_restart;
};

/// State of a SUPERVISOR.
class supervisor_state {
public:
  static constexpr const char* name = "carillon.supervisor";

  supervisor_state() = default;
  supervisor_state(const supervisor_state&) = delete;
  supervisor_state& operator=(const supervisor_state&) = delete;
  /// Its consumers and replays end with it.
  ~supervisor_state();

  // -- initialization ---------------------------------------------------------

  void init(supervisor_actor::pointer self, supervisor_env env);

  // -- consumers --------------------------------------------------------------

  caf::result<atom::done> add(const consumer_settings_ptr& spec);
  /// An empty name: goes on with interrupted replays.
  void restart(const std::string& consumer);
  void on_down(const caf::down_msg& x);
  caf::result<consumer_statuses> list();
  caf::result<consumer_status> pause(const pause_consumer& x);
  caf::result<dead_letter> resolve(const resolve_dead_letter& x);
  caf::result<replay_taker_actor> find(const std::string& target);

  // -- replays (supervisor_replays.cpp) -----------------------------------------

  caf::result<replay_record> create(const create_replay& x);
  caf::result<replay_plan> count(const create_replay& x);

  /// Resumes the replays that a stop or a crash interrupted.
  void resume_replays();

  // -- shutdown -----------------------------------------------------------------

  caf::result<atom::done> drain();

private:
  struct child {
    consumer_settings_ptr spec;
    consumer_actor handle;
    std::chrono::steady_clock::time_point started_at;
    std::chrono::milliseconds next_pause;
  };

  void start(child& x);
  void on_drained();
  using targets_callback = std::function<void(expected<std::vector<std::string>>)>;

  /// Finds the consumers that a replay goes to.
  void find_targets(const replay_record& x, targets_callback done);
  void add_webhooks(std::vector<std::string> to, const std::string& company_id,
                    targets_callback done);
  void measure(create_replay request, std::function<void(create_replay)> done,
               std::function<void(caf::error)> failed);
  /// Counts the events for each handler of the plan from the `next` target on, then answers.
  void measure_targets(const create_replay& x, std::shared_ptr<replay_plan> plan, size_t next,
                       caf::typed_response_promise<replay_plan> promise);
  void start_replay(const replay_record& record);
  void postpone_replay(const replay_record& record, const failure& why);

  supervisor_actor::pointer self_ = nullptr;
  supervisor_env env_;
  std::map<std::string, child> children_;
  struct running_replay {
    uint64_t id = 0;
    replay_actor handle;
  };

  std::map<caf::actor_id, running_replay> replays_;
  bool draining_ = false;
  size_t to_drain_ = 0;
  std::vector<caf::typed_response_promise<atom::done>> drain_promises_;
};

/// Runs a SUPERVISOR.
supervisor_actor::behavior_type
supervisor(supervisor_actor::stateful_pointer<supervisor_state> self, supervisor_env env);

} // namespace carillon
