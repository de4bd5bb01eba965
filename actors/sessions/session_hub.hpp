#pragma once

#include "actors/sessions/live_history.hpp"
#include "actors/sessions/session.hpp"
#include "messages/access/interfaces.hpp"

#include <caf/stateful_actor.hpp>
#include <caf/typed_event_based_actor.hpp>
#include <caf/typed_response_promise.hpp>

#include <deque>
#include <functional>
#include <optional>
#include <set>
#include <unordered_map>
#include <vector>

namespace carillon {

/// Limits of the session hub.
struct session_hub_options {
  /// Open sessions; further ones are closed with 1013.
  size_t max_sessions = 10'000;
  /// Open sessions of one user, and of one company; 0 = bounded only by all sessions. Further ones
  /// are rejected with `quota_exceeded`, so that no user or company occupies all places.
  size_t max_per_user = 100;
  size_t max_per_company = 5'000;
  /// Segments that a session may have unhandled before it has to join again.
  uint32_t credit = 32;
  /// Events and bytes that are remembered for sessions that were away.
  size_t history_events = 16'384;
  size_t history_bytes = 16UL * 1024 * 1024;
  /// Events of one segment, and about how many bytes of them.
  size_t segment_events = 256;
  size_t segment_bytes = 64UL * 1024;
  /// Time between two checks for due work.
  std::chrono::milliseconds tick{250};
  /// How long the stop waits for sessions to end.
  std::chrono::milliseconds stop_grace{3'000};
  session_options session;
};

/// Dependencies of the hub.
struct session_hub_env {
  feed_actor feed;
  log_reader_actor reader;
  audit_store_actor audit;
  telemetry_ptr stats;
  std::function<timestamp()> now = wall_clock_now;
  session_hub_options options;
};

/// State of the SESSION HUB.
class session_hub_state {
public:
  static constexpr const char* name = "carillon.session_hub";

  session_hub_state() = default;
  session_hub_state(const session_hub_state&) = delete;
  session_hub_state& operator=(const session_hub_state&) = delete;

  // -- feeding (session_hub.cpp) ------------------------------------------------

  void init(session_hub_actor::pointer self, session_hub_env env);
  void on_batch(const event_batch_ptr& x);
  void on_head(position x);
  void on_tick();

  // -- sessions (session_hub.cpp) -------------------------------------------------

  void open(const open_session& x);
  caf::result<session_page> join(const join_session& x);
  void leave(uint64_t id);
  void end_revoked();
  void on_down(const caf::down_msg& x);
  caf::result<atom::done> drain();

  // -- replays (session_hub_replays.cpp) ------------------------------------------

  caf::result<atom::done> replay(const replay_request& x);

  // -- views, and operators' actions (session_hub_views.cpp) --------------------------

  session_overview overview(const get_session_overview& x) const;
  session_list list(const list_sessions& x) const;
  caf::result<uint64_t> disconnect(const disconnect_sessions& x);

private:
  using clock = std::chrono::steady_clock;

  void attach();
  void feed();
  void read_page();
  void take(const std::vector<event_ptr>& events, position to);
  void send_round(const std::vector<live_event_ptr>& events, position to);
  void send_shares(const std::vector<live_event_ptr>& events, position to);
  void send(session_entry& to, const live_segment_ptr& x);
  void beat();
  void finish_drain();
  std::optional<failure> why_not(const session_identity& x) const;
  void replay_next();
  void replay_segment();
  void end_replays(const failure& why);

  session_hub_actor::pointer self_ = nullptr;
  session_hub_env env_;
  /// Bound on sessions, which companies share.
  bound_ptr places_;
  std::shared_ptr<const session_env> shared_;
  std::shared_ptr<std::atomic<position>> sent_to_;
  live_history history_{0, 0};
  session_index index_;
  std::unordered_map<caf::actor_id, uint64_t> ids_;
  /// When each session gets its next heartbeat.
  std::deque<std::pair<clock::time_point, uint64_t>> beats_;
  std::set<std::pair<timestamp, uint64_t>> expiries_;
  std::deque<event_batch_ptr> pending_;
  /// The next position to process.
  position next_ = 1;
  position known_head_ = 0;
  clock::time_point pause_until_;
  uint64_t last_id_ = 0;
  uint64_t round_ = 0;
  bool attached_ = false;
  bool reading_ = false;
  bool draining_ = false;
  clock::time_point drain_until_;
  /// A page of a replay.
  struct replay_job {
    replay_request what;
    size_t next = 0;
    caf::typed_response_promise<atom::done> promise;
  };
  /// Processed one after the other, the first under way.
  std::deque<replay_job> replays_;
  /// Sessions that have not answered for its segment.
  size_t replay_awaited_ = 0;
  /// Sessions that were opened before the log's head was known.
  std::vector<open_session> early_;
  std::vector<caf::typed_response_promise<atom::done>> drain_promises_;
};

/// Runs the SESSION HUB.
session_hub_actor::behavior_type
session_hub(session_hub_actor::stateful_pointer<session_hub_state> self, session_hub_env env);

} // namespace carillon
