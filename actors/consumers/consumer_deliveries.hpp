#pragma once

#include "actors/consumers/commit_pipeline.hpp"
#include "actors/consumers/consumer_env.hpp"
#include "actors/consumers/consumer_settings.hpp"
#include "actors/consumers/delivery_window.hpp"
#include "actors/consumers/intake.hpp"
#include "actors/consumers/ready_deliveries.hpp"
#include "actors/consumers/replays/replay_intake.hpp"
#include "actors/consumers/retries/due_retries.hpp"
#include "actors/consumers/runners/delivery_runner.hpp"
#include "messages/consumers/requests.hpp"

#include <chrono>
#include <functional>
#include <memory>
#include <optional>
#include <span>

namespace carillon {

/// Deliveries of a consumer whose cursor is known: from the offer of an event, a due row or a
/// replay, through the window and the runner, to the outcome. Used in the consumer's actor only.
class consumer_deliveries final : public intake_sink, private delivery_listener {
public:
  using clock = std::chrono::steady_clock;

  /// What the consumer lends; all outlive this.
  struct links {
    consumer_actor::pointer self;
    const consumer_env& env;
    const consumer_settings& spec;
    commit_pipeline& commits;
  };

  /// @param x as stored
  /// @param progress called at the end of a message that made room for further work
  consumer_deliveries(links to, const opened_consumer& x, std::function<void()> progress);
  consumer_deliveries(const consumer_deliveries&) = delete;
  consumer_deliveries& operator=(const consumer_deliveries&) = delete;
  ~consumer_deliveries() = default;

  // -- intake_sink ------------------------------------------------------------

  size_t room() const override;
  void offer(const event_ptr& x) override;
  void pass(position up_to) override;

  // -- input ------------------------------------------------------------------

  void pause(bool paused) {
    tally_.paused = paused;
  }

  /// See `delivery_runner::set_room`.
  void set_room(size_t deliveries) {
    runner_->set_room(deliveries);
  }

  /// An operator retries a dead letter.
  void add_row(const retry_row& x);

  /// The store refused the statements of a delivery, which has failed after all; it has this row.
  void on_refused(retry_row x);

  /// @param done called when each event is done or has a durable retry row
  void replay(const replay_request& x, replay_intake::answer done);

  /// See `due_retries`.
  void on_reported(delivery_key x, bool noted) {
    retries_.on_reported(x, noted);
  }

  /// Starts no further deliveries.
  void drain();

  // -- the loop ---------------------------------------------------------------

  /// Notices a wall clock that was set back.
  void look_at_clock();

  /// Starts what may start, and runs what can run.
  void start();

  /// Gives up attempts that hang.
  void watch();

  void prepare_commit();

  // -- properties -------------------------------------------------------------

  const delivery_window& window() const noexcept {
    return window_;
  }

  /// Attempts run.
  bool busy() const {
    return runner_->busy();
  }

  /// The next delivery waits for the place of an answered one.
  bool waits_for_commit() const;

  /// When to call again; empty if nothing is due.
  std::optional<clock::time_point> next_due() const;

  /// Fills in what concerns deliveries.
  consumer_status status() const;

private:
  void on_outcome(const delivery& x, delivery_outcome& outcome) override;
  void on_ready(delivery x) override;
  void on_returned(std::span<const delivery> xs) override;
  void on_progress() override;

  /// Hands the effects of an attempt to the next commit.
  void take_effects(delivery_key key, delivery_outcome& outcome, timestamp now);
  /// In the order `per_key`, the next event waits until the statements of those before it are in
  /// the store.
  bool waits_for_statements() const;
  bool may_start() const;
  void run();
  void put_holder_first();

  links to_;
  std::function<void()> progress_;
  delivery_window window_;
  /// Deliveries that may run; the window counts them as running.
  ready_deliveries ready_;
  std::unique_ptr<delivery_runner> runner_;
  due_retries retries_;
  replay_intake replays_;
  /// What the status counts.
  consumer_status tally_;
  bool draining_ = false;
  uint64_t generation_ = 0;
  /// No delivery starts before this time.
  clock::time_point held_until_ = clock::time_point::min();
  /// The last time read from the wall clock.
  timestamp seen_at_;
};

} // namespace carillon
