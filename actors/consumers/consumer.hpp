#pragma once

#include "actors/consumers/consumer_env.hpp"
#include "actors/consumers/consumer_settings.hpp"
#include "actors/consumers/delivery_window.hpp"
#include "actors/consumers/function_worker.hpp"

#include <caf/stateful_actor.hpp>
#include <caf/typed_event_based_actor.hpp>
#include <caf/typed_response_promise.hpp>

#include <chrono>
#include <deque>
#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <set>
#include <string>
#include <vector>

namespace carillon {

/// State of a CONSUMER.
class consumer_state {
public:
  static constexpr const char* name = "carillon.consumer";

  consumer_state() = default;
  consumer_state(const consumer_state&) = delete;
  consumer_state& operator=(const consumer_state&) = delete;
  ~consumer_state();

  // -- initialization (consumer.cpp) ------------------------------------------

  void init(consumer_actor::pointer self, consumer_env env, consumer_settings_ptr spec);

  // -- callbacks (consumer.cpp) -----------------------------------------------

  void on_batch(const event_batch_ptr& x);
  void on_head(position x);
  void on_pause(bool paused);
  void on_retry_row(const retry_row& x);
  void on_given_up(delivery_key x, bool noted);
  void on_tick(uint64_t generation);
  caf::result<consumer_status> status();
  caf::result<atom::done> drain();
  caf::result<atom::done> replay(const replay_request& x);

private:
  using clock = std::chrono::steady_clock;

  struct replay_job {
    caf::typed_response_promise<atom::done> promise;
    size_t remaining = 0;
    bool failed = false;
  };

  /// Does all work that can be done now, then sets the timer for later work.
  void pump();
  void arm();
  void look_at_clock();
  void open();
  void on_opened(const opened_consumer_ptr& x);
  consumer_status describe() const;
  position durable_cursor() const;
  void finish_drain();
  bool may_start() const;

  // -- feeding (consumer_feed.cpp) --------------------------------------------

  void feed();
  size_t room() const;
  bool take(const event_batch& batch);
  void acknowledge();
  void read_page();
  void on_page(const event_page& page);

  // -- delivering (consumer_delivery.cpp) -------------------------------------

  void start();
  void fetch(const retry_row& row);
  void on_fetched(const retry_row& row, const event_ptr& x);
  void give_up(const retry_row& row, const event* x);
  expected<draft_ptr> note_of(const dead_letter& x, const retry_row& row, const event& cause) const;
  void run_ready();
  void run_effects(effect_handler& handler);
  void run_function(const handler_function& fn);
  void run_actor(const caf::actor& target);
  bool may_run_another() const;
  void on_work_done(const work_ptr& x);
  void watch_worker();
  void settle(const work& x, size_t claimed);
  void on_outcome(const delivery& x, const delivery_outcome& outcome);
  void complete(const delivery& x, const std::optional<failure>& error,
                std::optional<timestamp> not_before = std::nullopt, int status = 0);
  void finish_job(const std::shared_ptr<replay_job>& job);

  // -- committing (consumer_commit.cpp) ---------------------------------------

  void merge(effects from);
  void maybe_commit();
  void prepare_commit();
  void submit_commit();
  void on_committed();
  void on_commit_failed(const caf::error& reason);
  std::optional<clock::time_point> commit_due() const;

  // -- members ----------------------------------------------------------------

  consumer_actor::pointer self_ = nullptr;
  consumer_env env_;
  consumer_settings_ptr spec_;
  std::optional<delivery_window> window_;
  bool paused_ = false;
  bool draining_ = false;
  std::vector<caf::typed_response_promise<consumer_status>> status_promises_;
  std::vector<caf::typed_response_promise<atom::done>> drain_promises_;

  /// The next position to process.
  position next_ = 1;
  position known_head_ = 0;
  /// Live batches not processed yet; bounded by the router's credit.
  std::deque<event_batch_ptr> pending_;
  bool reading_ = false;

  /// Deliveries that may run; counted as running by the window.
  std::deque<delivery> ready_;
  function_worker_actor worker_;
  std::deque<work_ptr> works_;
  size_t watched_claims_ = 0;
  clock::time_point watched_since_;
  /// Work whose thread hangs in the function.
  std::set<work_ptr> stuck_;
  size_t to_actor_ = 0;
  /// Events that an actor answered and that are not committed yet, and those in the commit under
  /// way.
  size_t answered_ = 0;
  size_t answered_in_commit_ = 0;
  /// No delivery starts before this time.
  clock::time_point held_until_ = clock::time_point::min();
  /// The last time read from the wall clock.
  timestamp seen_at_;
  std::map<delivery_key, dead_letter> giving_up_;
  std::map<delivery_key, std::shared_ptr<replay_job>> jobs_;
  /// Jobs whose failures wait for the commit of their rows.
  std::vector<std::shared_ptr<replay_job>> jobs_to_commit_;

  effects effects_;
  size_t uncommitted_ = 0;
  std::optional<clock::time_point> changed_at_;
  bool worked_since_commit_ = false;
  /// The commit under way; kept until it succeeds, so that a failed commit is retried unchanged.
  std::shared_ptr<consumer_commit> commit_;
  bool commit_under_way_ = false;
  /// The cursor in the store.
  position committed_ = 0;
  std::vector<std::shared_ptr<replay_job>> jobs_in_commit_;

  uint64_t delivered_ = 0;
  uint64_t failed_ = 0;
  uint64_t stored_dead_letters_ = 0;
  /// Last error of the handler.
  std::string last_error_;
  /// Error of the store, while it rejects commits; kept apart from the handler's last error.
  std::string store_error_;
  bool error_changed_ = false;
  std::optional<timestamp> last_progress_;
  clock::time_point pause_until_;
  uint64_t generation_ = 0;
  std::optional<clock::time_point> armed_;
};

/// Runs a CONSUMER. It attaches itself to the router and opens its cursor.
/// @param spec valid, see `validate`
consumer_actor::behavior_type consumer(consumer_actor::stateful_pointer<consumer_state> self,
                                       consumer_env env, consumer_settings_ptr spec);

} // namespace carillon
