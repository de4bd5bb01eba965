#pragma once

#include "actors/sessions/live_feed.hpp"
#include "actors/sessions/live_history.hpp"
#include "actors/sessions/live_rounds.hpp"
#include "actors/sessions/session.hpp"
#include "actors/sessions/session_admission.hpp"
#include "actors/sessions/session_replays.hpp"
#include "actors/sessions/session_timers.hpp"
#include "messages/access/interfaces.hpp"
#include "messages/sessions/options.hpp"

#include <caf/stateful_actor.hpp>
#include <caf/typed_event_based_actor.hpp>
#include <caf/typed_response_promise.hpp>

#include <functional>
#include <optional>
#include <string>
#include <unordered_map>
#include <vector>

namespace carillon {

/// Dependencies of the hub.
struct session_hub_env {
  feed_actor feed;
  log_reader_actor reader;
  audit_store_actor audit;
  telemetry_ptr stats;
  /// Which history of the log its positions are of, and those before.
  log_histories histories;
  std::function<timestamp()> now = wall_clock_now;
  session_hub_options options;
};

/// State of the SESSION HUB. It opens sessions, and gives each the events that it may see: its
/// parts decide which sessions may open, which events they get, and when they are due.
class session_hub_state {
public:
  static constexpr const char* name = "carillon.session_hub";

  session_hub_state() = default;
  session_hub_state(const session_hub_state&) = delete;
  session_hub_state& operator=(const session_hub_state&) = delete;

  void init(session_hub_actor::pointer self, session_hub_env env);

  live_feed& feed() noexcept {
    return *feed_;
  }

  const session_index& sessions() const noexcept {
    return index_;
  }

  void open(const open_session& x);
  caf::result<session_page> join(const join_session& x);
  void leave(uint64_t id);
  void end_revoked();
  void on_down(const caf::down_msg& x);
  caf::result<uint64_t> disconnect(const disconnect_sessions& x);
  caf::result<atom::done> replay(const replay_request& x);
  void on_tick();
  caf::result<atom::done> drain();

private:
  void on_attached(position head);
  void on_events(const std::vector<event_ptr>& events, position to);
  void tell_log_streams(position to);
  void send(session_entry& to, const live_segment_ptr& x);
  void tell(uint64_t id);
  void finish_drain();

  /// Set once the stop has begun.
  struct drain_state {
    std::chrono::steady_clock::time_point until;
    std::vector<caf::typed_response_promise<atom::done>> promises;
  };

  session_hub_actor::pointer self_ = nullptr;
  session_hub_env env_;
  std::shared_ptr<const session_env> shared_;
  std::shared_ptr<std::atomic<position>> sent_to_;
  session_index index_;
  std::unordered_map<caf::actor_id, uint64_t> ids_;
  uint64_t last_id_ = 0;
  std::optional<live_feed> feed_;
  live_history history_{0, 0};
  live_rounds rounds_;
  std::optional<session_admission> admission_;
  bound_ptr stream_places_;
  std::optional<session_timers> timers_;
  std::optional<session_replays> replays_;
  /// Sessions that were opened before the log's head was known.
  std::vector<open_session> early_;
  std::optional<drain_state> draining_;
};

/// Runs the SESSION HUB.
session_hub_actor::behavior_type
session_hub(session_hub_actor::stateful_pointer<session_hub_state> self, session_hub_env env);

} // namespace carillon
