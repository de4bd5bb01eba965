#pragma once

#include "actors/webhooks/webhook_hub_env.hpp"

#include <caf/stateful_actor.hpp>
#include <caf/typed_event_based_actor.hpp>
#include <caf/typed_response_promise.hpp>

#include <chrono>
#include <deque>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <unordered_map>
#include <unordered_set>
#include <vector>

namespace carillon {

/// State of the WEBHOOK HUB.
class webhook_hub_state {
public:
  static constexpr const char* name = "carillon.webhook_hub";

  webhook_hub_state() = default;
  webhook_hub_state(const webhook_hub_state&) = delete;
  webhook_hub_state& operator=(const webhook_hub_state&) = delete;

  /// Ends the endpoints: they get no more events.
  ~webhook_hub_state();

  // -- loading (webhook_hub.cpp) ------------------------------------------------

  void init(webhook_hub_actor::pointer self, webhook_hub_env env);
  caf::result<atom::done> loaded();
  void on_tick(uint64_t generation);
  caf::result<atom::done> drain();

  // -- endpoints (webhook_hub_endpoints.cpp) --------------------------------------

  void on_matches(const webhook_matches& x);
  position attach(const batch_taker_actor& x) const;
  void acknowledge(const batch_taker_actor& x);
  void on_down(const caf::down_msg& x);
  void on_restart(uint64_t id);
  void on_retry_row(uint64_t id, const retry_row& x);
  caf::result<replay_taker_actor> find(uint64_t id);

  // -- changes (webhook_hub_changes.cpp) ------------------------------------------

  caf::result<created_webhook> create(const create_webhook& x);
  caf::result<changed_webhook> update(const update_webhook& x);
  caf::result<webhook> enable(const enable_webhook& x);
  caf::result<atom::done> remove(const delete_webhook& x);
  caf::result<rotated_secret> rotate(const rotate_webhook_secret& x);
  caf::result<retry_row> resend(const resend_webhook_delivery& x);
  caf::result<recovered_rows> recover(const recover_webhook& x);
  void on_disable(uint64_t id, const std::string& reason, const std::string& cause);
  void on_disable_noted(uint64_t id, const std::string& reason);

  // -- views (webhook_hub_views.cpp) ------------------------------------------------

  caf::result<webhook_attempt> test(const test_webhook& x);
  caf::result<webhook_status> status(uint64_t id);
  caf::result<webhook_overview> overview();
  caf::result<webhook_consumers> consumers(const std::string& company_id) const;

private:
  using clock = std::chrono::steady_clock;

  enum class phase : uint8_t {
    /// Its record is being read.
    loading,
    running,
    /// It starts no further attempts, and ends after those under way.
    draining,
    /// It crashed, and waits for its restart.
    resting,
  };

  struct running_endpoint {
    phase state = phase::loading;
    consumer_actor consumer;
    caf::actor receiver;
    /// Everything up to here was sent to it, or it reads that from the log.
    position fed_to = 0;
    /// It must read up to here itself, beside the events sent to it.
    position reads_to = 0;
    size_t unacknowledged = 0;
    bool behind = false;
    /// It starts again after its end: it has work, or was changed.
    bool again = false;
    bool asked = false;
    /// How often it got work.
    uint64_t given = 0;
    std::optional<position> asleep_at;
    clock::time_point active_at;
    clock::time_point started_at;
    std::chrono::milliseconds next_pause{0};
    std::string last_error;
    std::vector<caf::typed_response_promise<replay_taker_actor>> finders;
  };

  // loading
  void open_matcher();
  void load_page(uint64_t beyond);
  void trim();
  void retire_idle();
  // endpoints
  void start(uint64_t id);
  void load(uint64_t id);
  void on_loaded(uint64_t id, const webhook_with_secrets& x);
  void spawn(uint64_t id, running_endpoint& x, const webhook& record,
             std::vector<signing_secret> secrets);
  void feed(running_endpoint& x, std::vector<event_ptr> events);
  void send_batch(running_endpoint& x, std::vector<event_ptr> events, position from, position to);
  void ask_if_idle(uint64_t id, running_endpoint& x);
  void stop(uint64_t id, running_endpoint& x);
  void end(uint64_t id);
  void rest(uint64_t id, running_endpoint& x, std::string why);
  void drop(running_endpoint& x);
  void start_waiting();
  void restart_changed(uint64_t id);
  expected<std::vector<signing_secret>> open(const std::vector<sealed_secret>& xs) const;
  running_endpoint* find_running(uint64_t id);
  // views
  caf::result<webhook_status> stored_status(webhook_status known);
  /// Adds to a consumer's status what it cannot know: the distance from the last event sent to it
  /// to the end of the log.
  consumer_status with_lag(uint64_t id, consumer_status x) const;
  // changes
  expected<webhook_secret> secret_from(const std::string& text, webhook_secret_kind kind) const;
  expected<sealed_secret> seal(const webhook_secret& x) const;
  expected<void> check(const webhook_settings& x) const;
  expected<std::string> check_target(const std::string& url, bool private_targets) const;
  expected<update_webhook> prepared(update_webhook x, const webhook_with_secrets& was,
                                    std::string& made) const;
  void write(update_webhook x, std::string made, caf::typed_response_promise<changed_webhook> to);

  webhook_hub_actor::pointer self_ = nullptr;
  webhook_hub_env env_;
  /// Bound on webhooks, which companies share.
  bound_ptr webhooks_;
  std::unordered_map<uint64_t, running_endpoint> endpoints_;
  /// By actor id of consumers and receivers.
  std::unordered_map<caf::actor_id, uint64_t> ids_;
  std::deque<uint64_t> waiting_;
  std::unordered_set<uint64_t> in_waiting_;
  /// Webhooks that the engine is about to disable.
  std::unordered_set<uint64_t> disabling_;
  /// End of the last matched segment that arrived here.
  position matched_to_ = 0;
  bool loaded_ = false;
  bool draining_ = false;
  bool trimming_ = false;
  clock::time_point trim_at_;
  uint64_t generation_ = 0;
  std::vector<caf::typed_response_promise<atom::done>> load_promises_;
  std::vector<caf::typed_response_promise<atom::done>> drain_promises_;
  size_t to_drain_ = 0;
};

/// Runs the WEBHOOK HUB.
webhook_hub_actor::behavior_type
webhook_hub(webhook_hub_actor::stateful_pointer<webhook_hub_state> self, webhook_hub_env env);

} // namespace carillon
