#pragma once

#include "actors/remote/remote_subscription.hpp"
#include "messages/consumers/interfaces.hpp"
#include "messages/telemetry.hpp"

#include <caf/stateful_actor.hpp>
#include <caf/typed_event_based_actor.hpp>

#include <chrono>
#include <functional>
#include <map>
#include <string>

namespace carillon {

/// Dependencies and limits of the remote hub.
struct remote_hub_env {
  router_actor router;
  log_reader_actor reader;
  consumer_store_actor state;
  telemetry_ptr stats;
  std::function<timestamp()> now = wall_clock_now;
  /// Subscriptions of all companies.
  size_t max_subscriptions = 1'024;
  /// After the store failed.
  std::chrono::milliseconds store_pause{1'000};
};

/// State of the REMOTE HUB: one durable consumer for each subscriber of another process.
class remote_hub_state {
public:
  static constexpr const char* name = "carillon.remote_hub";

  remote_hub_state() = default;
  remote_hub_state(const remote_hub_state&) = delete;
  remote_hub_state& operator=(const remote_hub_state&) = delete;

  void init(remote_hub_actor::pointer self, remote_hub_env env);

  // -- subscribers ----------------------------------------------------------------

  void open(open_remote_subscription x);
  void acknowledge(const acknowledge_remote& x);
  void close(const close_remote_subscription& x);

  // -- log ------------------------------------------------------------------------

  void on_batch(const event_batch_ptr& x);
  void on_head(position x);
  void tick();

private:
  using entry = std::shared_ptr<remote_subscription>;

  void attach();
  void open_at(const entry& x, position initial, const remote_cursor_callback& done);
  void begin(const entry& x, const consumer_record& as, const remote_cursor_callback& done);
  bool is_current(const entry& x) const;
  void read(const entry& x);
  void read_all();
  void skip_committed(const entry& x);
  void commit(const entry& x, position cursor, const remote_cursor_callback& done);
  void later();

  remote_hub_actor::pointer self_ = nullptr;
  remote_hub_env env_;
  bound_ptr places_;
  position head_ = 0;
  bool attached_ = false;
  bool tick_due_ = false;
  /// By stored name.
  std::map<std::string, entry> subscriptions_;
};

remote_hub_actor::behavior_type
remote_hub(remote_hub_actor::stateful_pointer<remote_hub_state> self, remote_hub_env env);

} // namespace carillon
