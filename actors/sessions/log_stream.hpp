#pragma once

#include "actors/sessions/session_base.hpp"
#include "messages/events/bookmark.hpp"

#include <caf/stateful_actor.hpp>
#include <caf/typed_event_based_actor.hpp>

#include <cstdint>
#include <memory>

namespace carillon {

/// State of a LOG STREAM: the session of an API key, which gets every event of its scope after a
/// position. It reads the log page by page, and nothing else, so that there is neither a gap nor a
/// repeat; the hub only tells it that the log has grown. One read or one unsent page at a time.
class log_stream_state : public session_base {
public:
  static constexpr const char* name = "carillon.log_stream";

  log_stream_state() = default;

  // -- initialization ---------------------------------------------------------

  void init(session_actor::pointer self, session_opening x);

  // -- callbacks --------------------------------------------------------------

  void on_head(position x);
  void on_text(const std::string& text);
  void on_writable();
  /// @param generation 0 = heartbeat, else of a deadline or a pause
  void on_tick(uint64_t generation);

private:
  enum class phase : uint8_t {
    /// It reads the event at its position.
    marking,
    /// It reads the next page.
    reading,
    /// Everything was sent.
    waiting,
    /// The link is full: the next page waits until it is writable.
    choked,
    /// The log could not be read.
    pausing,
  };

  /// It is in this phase, and has not ended.
  bool is(phase x) const noexcept {
    return !has_ended() && phase_ == x;
  }

  void give_up() override;
  void go_on();
  void read_mark();
  void on_mark(const event_page& page);
  void read_page();
  void on_page(const event_page& page);
  void deliver();
  void pause();
  bool check_key();

  viewer who_;
  log_scope scope_;
  event_filter filter_;
  /// Looked at here, so that what it excludes is counted.
  payload_filter payload_;
  /// The log reaches at least up to here.
  position head_ = 0;
  /// Of a position that was sent; the mark is known if it is that of `position_`.
  bookmark marked_;
  /// What the link did not take yet.
  live_segment_ptr unsent_;
  phase phase_ = phase::marking;
  bool greeted_ = false;
  /// The client is to be told its position.
  bool report_due_ = false;
};

/// Runs a LOG STREAM.
session_actor::behavior_type log_stream(session_actor::stateful_pointer<log_stream_state> self,
                                        session_opening opening);

} // namespace carillon
