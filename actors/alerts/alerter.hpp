#pragma once

#include "actors/alerts/alert_book.hpp"
#include "messages/alerts/options.hpp"
#include "messages/consumers/interfaces.hpp"
#include "messages/interfaces.hpp"
#include "messages/jobs/interfaces.hpp"
#include "messages/telemetry.hpp"

#include <caf/stateful_actor.hpp>
#include <caf/typed_actor.hpp>
#include <caf/typed_event_based_actor.hpp>

#include <functional>
#include <optional>
#include <string>
#include <vector>

namespace carillon {

/// ALERTER: looks at the node at intervals, and publishes `system.alert` when a threshold of the
/// operator is reached, and when it no longer is. Detached, as it asks the disk.
using alerter_actor = caf::typed_actor<
  // INTERNAL: the next look.
  caf::reacts_to<atom::tick, uint64_t>>;

/// What an alerter works with.
struct alerter_env {
  supervisor_actor supervisor;
  job_dispatcher_actor jobs;
  router_actor router;
  telemetry_ptr stats = std::make_shared<telemetry>();
  std::function<timestamp()> clock = wall_clock_now;
  /// Free part of the disk with the data, in percent; empty if it cannot be told. May block.
  std::function<std::optional<uint64_t>()> free_disk;
  /// Gets a line for each alert, since the log of events may be what fails; may be empty.
  std::function<void(const std::string&)> tell;
  /// See `router_options::max_index_lag`.
  uint64_t max_index_lag = 1;
  alert_options options;
};

/// State of an ALERTER.
class alerter_state {
public:
  static constexpr const char* name = "carillon.alerter";

  alerter_state() = default;

  void init(alerter_actor::pointer self, alerter_env env);

  std::chrono::milliseconds interval() const {
    return env_.options.interval;
  }

  /// Looks at everything, and arranges for the next time.
  void tick();

private:
  void look_at_consumers();
  void look_at_jobs();
  void look_at_disk();
  void look_at_index();
  void look_at_evidence();
  void judge(const std::string& alert, std::vector<alert_reading> readings);
  void publish(const alert_change& x);

  alerter_actor::pointer self_ = nullptr;
  alerter_env env_;
  std::optional<alert_book> book_;
  /// Counts at the last look.
  uint64_t evidence_failures_ = 0;
  uint64_t witness_failures_ = 0;
  uint64_t witnessed_size_ = 0;
};

/// Runs an ALERTER; spawn it detached.
alerter_actor::behavior_type alerter(alerter_actor::stateful_pointer<alerter_state> self,
                                     alerter_env env);

} // namespace carillon
