#pragma once

#include "actors/consumers/commit_pipeline.hpp"
#include "actors/consumers/consumer_deliveries.hpp"
#include "actors/consumers/consumer_env.hpp"
#include "actors/consumers/consumer_settings.hpp"
#include "actors/consumers/intake.hpp"
#include "actors/consumers/log_feed.hpp"
#include "actors/consumers/store_pause.hpp"

#include <caf/stateful_actor.hpp>
#include <caf/typed_event_based_actor.hpp>
#include <caf/typed_response_promise.hpp>

#include <chrono>
#include <optional>
#include <vector>

namespace carillon {

/// State of a CONSUMER. Events come in by the intake, which the feed supplies, become deliveries,
/// and leave with the commits; this class connects these parts, and answers requests.
class consumer_state {
public:
  static constexpr const char* name = "carillon.consumer";

  consumer_state() = default;
  consumer_state(const consumer_state&) = delete;
  consumer_state& operator=(const consumer_state&) = delete;
  ~consumer_state() = default;

  void init(consumer_actor::pointer self, consumer_env env, consumer_settings_ptr spec);

  // -- callbacks --------------------------------------------------------------

  void on_batch(const event_batch_ptr& x);
  void on_head(position x);
  void on_pause(bool paused);
  void on_room(uint64_t deliveries);
  void on_retry_row(const retry_row& x);
  void on_reported(delivery_key x, bool noted);
  void on_tick(uint64_t generation);
  caf::result<consumer_status> status();
  caf::result<atom::done> drain();
  caf::result<atom::done> replay(const replay_request& x);

private:
  using clock = std::chrono::steady_clock;

  // -- the loop ---------------------------------------------------------------

  void open();
  void on_opened(const opened_consumer_ptr& x);
  /// Does all work that can be done now, then sets the timer for later work.
  void pump();
  void commit();
  bool hurries() const;
  void arm();
  template <class... Ts>
  void tell_target(Ts... xs);
  void rejected(const caf::error& reason);
  consumer_status describe() const;
  void finish_drain();

  // -- members ----------------------------------------------------------------

  consumer_actor::pointer self_ = nullptr;
  consumer_env env_;
  consumer_settings_ptr spec_;
  store_pause store_;
  intake intake_;
  commit_pipeline commits_;
  /// Empty until the cursor is known.
  std::optional<consumer_deliveries> deliveries_;
  std::optional<log_feed> feed_;
  bool draining_ = false;
  std::vector<caf::typed_response_promise<consumer_status>> status_promises_;
  std::vector<caf::typed_response_promise<atom::done>> drain_promises_;
  uint64_t generation_ = 0;
  std::optional<clock::time_point> armed_;
};

/// Runs a CONSUMER. It attaches itself to the router and opens its cursor.
/// @param spec valid, see `validate`
consumer_actor::behavior_type consumer(consumer_actor::stateful_pointer<consumer_state> self,
                                       consumer_env env, consumer_settings_ptr spec);

} // namespace carillon
