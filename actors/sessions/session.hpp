#pragma once

#include "actors/sessions/session_base.hpp"
#include "actors/sessions/subscription.hpp"
#include "messages/sessions/texts.hpp"

#include <caf/stateful_actor.hpp>
#include <caf/typed_event_based_actor.hpp>
#include <caf/typed_response_promise.hpp>

#include <cstdint>
#include <memory>
#include <vector>

namespace carillon {

/// State of a SESSION. While live, it gets the events that it may see from the hub. It leaves when
/// its client does not keep up, and joins again at its position by way of the log and the hub's
/// history. Only positions decide, so no event is missed or sent twice.
class session_state : public session_base {
public:
  static constexpr const char* name = "carillon.session";

  session_state() = default;

  // -- initialization ---------------------------------------------------------

  void init(session_actor::pointer self, session_opening x);

  // -- callbacks --------------------------------------------------------------

  void on_events(const live_segment_ptr& x);
  caf::result<atom::done> on_replay(const live_segment_ptr& x);
  void on_detached();
  void on_text(const std::string& text);
  void on_writable();
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
  };

  /// It is in this phase, and has not ended.
  bool is(phase x) const noexcept {
    return !has_ended() && phase_ == x;
  }

  void give_up() override;
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
  void subscribe(session_command x);

  session_identity identity_;
  subscription wanted_;
  /// What the client is told of its history; empty = nothing.
  std::string gap_;
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
};

/// Runs a SESSION.
session_actor::behavior_type session(session_actor::stateful_pointer<session_state> self,
                                     session_opening opening);

} // namespace carillon
