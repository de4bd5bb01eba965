#pragma once

#include "actors/consumers/commit_pipeline.hpp"
#include "actors/consumers/consumer_env.hpp"
#include "actors/consumers/consumer_settings.hpp"
#include "actors/consumers/delivery_window.hpp"
#include "actors/consumers/due_retries.hpp"
#include "actors/consumers/log_feed.hpp"
#include "actors/consumers/replay_intake.hpp"
#include "actors/consumers/runners/delivery_runner.hpp"
#include "actors/consumers/store_pause.hpp"

#include <caf/stateful_actor.hpp>
#include <caf/typed_event_based_actor.hpp>
#include <caf/typed_response_promise.hpp>

#include <chrono>
#include <deque>
#include <memory>
#include <optional>
#include <span>
#include <vector>

namespace carillon {

/// State of a CONSUMER. Events come in by the feed, pass the window, are run by the runner, and
/// leave with the commit pipeline; this class connects these parts and sends their requests.
class consumer_state : private intake_sink, private delivery_listener {
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
  void on_retry_row(const retry_row& x);
  void on_reported(delivery_key x, bool noted);
  void on_tick(uint64_t generation);
  caf::result<consumer_status> status();
  caf::result<atom::done> drain();
  caf::result<atom::done> replay(const replay_request& x);

private:
  using clock = std::chrono::steady_clock;

  // -- intake_sink ------------------------------------------------------------

  size_t room() const override;
  void offer(const event_ptr& x) override;
  void pass(position up_to) override;

  // -- delivery_listener ------------------------------------------------------

  void on_outcome(const delivery& x, delivery_outcome& outcome) override;
  void on_ready(delivery x) override;
  void on_returned(std::span<const delivery> xs) override;
  void on_progress() override;

  // -- the loop ---------------------------------------------------------------

  void open();
  void on_opened(const opened_consumer_ptr& x);
  /// Does all work that can be done now, then sets the timer for later work.
  void pump();
  void look_at_clock();
  bool may_start() const;
  void start();
  void run();
  void commit();
  bool hurries() const;
  void arm();
  void rejected(const caf::error& reason);
  consumer_status describe() const;
  void finish_drain();

  // -- members ----------------------------------------------------------------

  consumer_actor::pointer self_ = nullptr;
  consumer_env env_;
  consumer_settings_ptr spec_;
  store_pause store_;
  std::optional<log_feed> feed_;
  /// Empty until the cursor is known.
  std::optional<delivery_window> window_;
  /// Deliveries that may run; the window counts them as running.
  std::deque<delivery> ready_;
  std::unique_ptr<delivery_runner> runner_;
  replay_intake replays_;
  commit_pipeline commits_;
  std::optional<due_retries> retries_;
  /// What the status counts; the rest of it is known when it is asked for.
  consumer_status tally_;
  bool draining_ = false;
  std::vector<caf::typed_response_promise<consumer_status>> status_promises_;
  std::vector<caf::typed_response_promise<atom::done>> drain_promises_;
  /// No delivery starts before this time.
  clock::time_point held_until_ = clock::time_point::min();
  /// The last time read from the wall clock.
  timestamp seen_at_;
  uint64_t generation_ = 0;
  std::optional<clock::time_point> armed_;
};

/// Runs a CONSUMER. It attaches itself to the router and opens its cursor.
/// @param spec valid, see `validate`
consumer_actor::behavior_type consumer(consumer_actor::stateful_pointer<consumer_state> self,
                                       consumer_env env, consumer_settings_ptr spec);

} // namespace carillon
