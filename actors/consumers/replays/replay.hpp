#pragma once

#include "messages/consumers/interfaces.hpp"
#include "messages/interfaces.hpp"

#include <caf/stateful_actor.hpp>
#include <caf/typed_event_based_actor.hpp>

#include <chrono>
#include <functional>
#include <memory>
#include <string>
#include <vector>

namespace carillon {

/// REPLAY: re-fires stored events to some receivers, one page after the other. Ends by itself.
using replay_actor = caf::typed_actor<
  // INTERNAL: the next page.
  caf::reacts_to<atom::tick, uint64_t>,
  // INTERNAL: a target that rejected its page gets it once more.
  caf::reacts_to<atom::tick, uint64_t, replay_target>,
  // INTERNAL: who has not taken the page for long is named in the record.
  caf::reacts_to<atom::status>>;

/// Limits of a replay.
struct replay_options {
  /// Events handed over at a time; each target accepts all of them before the next page.
  size_t page_events = 200;
  /// Pause after a target or the store rejected a request.
  std::chrono::milliseconds pause{500};
  /// A target that has not taken its page for so long is named in the record.
  std::chrono::milliseconds patience{5'000};
};

/// Dependencies of a replay.
struct replay_env {
  log_reader_actor reader;
  replay_store_actor state;
  /// Knows the consumers; they are looked up page by page, since they may be restarted.
  supervisor_actor supervisor;
  replay_options options;
};

/// State of a REPLAY.
class replay_state {
public:
  static constexpr const char* name = "carillon.replay";

  replay_state() = default;

  void init(replay_actor::pointer self, replay_env env, replay_record record,
            std::vector<replay_target> receivers);

  /// Schedules the next page; cancels the page under way.
  void schedule(std::chrono::nanoseconds pause);

  /// Reads the next page, hands it over, records the progress, and continues.
  void next_page(uint64_t attempt);

  /// Hands the page to a target that rejected it; the other targets keep their page.
  void hand_again(uint64_t attempt, const replay_target& receiver);

  /// Says in the record for whom the page waits, if it does for long.
  void watch();

private:
  size_t page_events() const;
  void read_log();
  void read_positions(position after);
  void hand_over(std::vector<event_ptr> events, position scanned_to);
  void hand_to(const replay_target& receiver);
  void watch_later();
  void tell_waits(std::string why);
  void record_progress();
  void finish();

  replay_actor::pointer self_ = nullptr;
  replay_env env_;
  replay_record record_;
  std::vector<replay_target> receivers_;
  std::shared_ptr<const std::vector<event_ptr>> page_;
  std::vector<event_ptr> found_;
  position scanned_to_ = 0;
  /// Targets that have not taken the page.
  std::vector<replay_target> awaited_;
  uint64_t attempt_ = 0;
  std::chrono::steady_clock::time_point page_began_;
  /// A `watch` is under way.
  bool watches_ = false;
  /// What the record says of those who are waited for.
  std::string told_;
};

/// Runs a REPLAY from the position in its record.
/// @param receivers handlers, webhooks by id, and the sessions
replay_actor::behavior_type replay_runner(replay_actor::stateful_pointer<replay_state> self,
                                          replay_env env, replay_record record,
                                          std::vector<replay_target> receivers);

} // namespace carillon
