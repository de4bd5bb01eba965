#pragma once

#include "actors/sessions/session_index.hpp"
#include "actors/sessions/subscription.hpp"
#include "base/token_bucket.hpp"
#include "messages/sessions/options.hpp"
#include "messages/sessions/texts.hpp"
#include "messages/telemetry.hpp"

#include <caf/stateful_actor.hpp>
#include <caf/typed_event_based_actor.hpp>
#include <caf/typed_response_promise.hpp>

#include <atomic>
#include <chrono>
#include <memory>
#include <string>
#include <vector>

namespace carillon {

/// What all sessions share.
struct session_env {
  log_reader_actor reader;
  session_hub_actor hub;
  /// Everything up to here was sent to live sessions.
  std::shared_ptr<const std::atomic<position>> sent_to;
  telemetry_ptr stats;
  /// See `session_hub_env`.
  std::string history;
  std::function<timestamp()> now = wall_clock_now;
  session_options options;
};

/// State of a SESSION. While live, it gets the events that it may see from the hub. It leaves when
/// its client does not keep up, and joins again at its position by way of the log and the hub's
/// history. Only positions decide, so no event is missed or sent twice.
class session_state {
public:
  static constexpr const char* name = "carillon.session";

  session_state() = default;
  session_state(const session_state&) = delete;
  session_state& operator=(const session_state&) = delete;
  ~session_state();

  // -- initialization ---------------------------------------------------------

  /// @param head position of the hub when it was opened
  void init(session_actor::pointer self, std::shared_ptr<const session_env> env, uint64_t id,
            open_session opened, std::shared_ptr<session_gauge> gauge, position head);

  // -- callbacks --------------------------------------------------------------

  void on_events(const live_segment_ptr& x);
  caf::result<atom::done> on_replay(const live_segment_ptr& x);
  void on_detached();
  void on_text(const std::string& text);
  void on_writable();
  void on_closed();
  void end(session_close why);
  /// @param generation 0 = heartbeat, else of a deadline
  void on_tick(uint64_t generation);

private:
  enum class phase : uint8_t {
    /// It asks the hub for the next events.
    joining,
    live,
    /// It asks the log for the next events.
    reading,
    /// The link accepts nothing more for now.
    choked,
    ended,
  };

  void greet(position head);
  void join();
  void on_page(const session_page& page);
  void read_log(position up_to);
  void on_log_page(const event_page& page, position up_to);
  void refuse_since(position head);
  bool deliver(const live_segment_ptr& x);
  bool deliver(const live_segment_ptr& x, subscription::run run);
  void send_replayed();
  void end_replay();
  void choke(position reached);
  void retry_later();
  void subscribe(std::vector<type_pattern> types);

  session_actor::pointer self_ = nullptr;
  std::shared_ptr<const session_env> env_;
  session_link_ptr link_;
  std::shared_ptr<session_gauge> gauge_;
  uint64_t id_ = 0;
  session_identity identity_;
  subscription wanted_;
  /// Everything up to here was sent, or is not for this session.
  position position_ = 0;
  std::optional<token_bucket> commands_;
  /// The rest of a replay.
  struct replayed {
    live_segment_ptr events;
    size_t next = 0;
    caf::typed_response_promise<atom::done> promise;
  };
  std::unique_ptr<replayed> replayed_;
  phase phase_ = phase::joining;
  /// The client got `hello`.
  bool greeted_ = false;
  bool catch_up_ = false;
  uint64_t generation_ = 0;
};

/// Runs a SESSION.
session_actor::behavior_type session(session_actor::stateful_pointer<session_state> self,
                                     std::shared_ptr<const session_env> env, uint64_t id,
                                     open_session opened, std::shared_ptr<session_gauge> gauge,
                                     position head);

} // namespace carillon
