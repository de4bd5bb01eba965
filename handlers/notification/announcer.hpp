#pragma once

#include "messages/contacts/interfaces.hpp"
#include "messages/contacts/options.hpp"
#include "messages/events/interfaces.hpp"

#include <caf/stateful_actor.hpp>
#include <caf/typed_event_based_actor.hpp>
#include <caf/typed_response_promise.hpp>

#include <chrono>
#include <functional>
#include <vector>

namespace carillon {

/// ANNOUNCER: announces notifications to live sessions.
using announcer_actor = effect_listener_actor::extend<
  // Begins nothing more; answers when the running work has ended.
  caf::replies_to<atom::drain>::with<atom::done>,
  // INTERNAL: notifications up to this id were appended to the log, or were not.
  caf::reacts_to<atom::done, uint64_t, bool>,
  // INTERNAL: something is due.
  caf::reacts_to<atom::tick, uint64_t>>;

/// Dependencies of the announcer.
struct announcer_env {
  notification_store_actor state_writer;
  /// Finds new notifications.
  notification_store_actor state_reader;
  router_actor router;
  /// The wall clock; tests replace it by their virtual one.
  std::function<timestamp()> now = wall_clock_now;
  announcer_options options;
};

/// State of the ANNOUNCER: publishes `notification.sent` for each notification, in the order of
/// their ids, then records its progress in the store. After a crash in between it publishes some
/// again, but their event ids are duplicates: one event per notification. It also deletes old
/// notifications.
class announcer_state {
public:
  static constexpr const char* name = "carillon.announcer";

  announcer_state() = default;
  announcer_state(const announcer_state&) = delete;
  announcer_state& operator=(const announcer_state&) = delete;

  void init(announcer_actor::pointer self, announcer_env env);

  // -- callbacks --------------------------------------------------------------------

  void on_committed();
  void on_published(uint64_t up_to, bool done);
  void on_tick(uint64_t generation);
  caf::result<atom::done> drain();

private:
  using clock = std::chrono::steady_clock;

  void look();
  void publish(const notifications& found);
  void note(uint64_t up_to);
  void end_round();
  void rest();
  void trim();
  void arm();

  announcer_actor::pointer self_ = nullptr;
  announcer_env env_;
  /// From the query for new ones until they are recorded.
  bool busy_ = false;
  /// There may be more than the last query found.
  bool again_ = true;
  bool trimming_ = false;
  bool draining_ = false;
  std::chrono::milliseconds pause_{0};
  clock::time_point pause_until_;
  clock::time_point look_at_;
  clock::time_point trim_at_;
  uint64_t generation_ = 0;
  std::vector<caf::typed_response_promise<atom::done>> drain_promises_;
};

/// Runs the ANNOUNCER.
announcer_actor::behavior_type announcer(announcer_actor::stateful_pointer<announcer_state> self,
                                         announcer_env env);

} // namespace carillon
