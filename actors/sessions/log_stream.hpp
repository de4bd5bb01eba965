#pragma once

#include "actors/sessions/session.hpp"
#include "messages/events/bookmark.hpp"

#include <caf/stateful_actor.hpp>
#include <caf/typed_event_based_actor.hpp>

#include <cstdint>
#include <memory>

namespace carillon {

/// State of a LOG STREAM: the session of an API key, which gets every event of its scope after a
/// position. It reads the log page by page, and nothing else, so that there is neither a gap nor a
/// repeat; the hub only tells it that the log has grown. One read or one unsent page at a time.
class log_stream_state {
public:
  static constexpr const char* name = "carillon.log_stream";

  log_stream_state() = default;
  log_stream_state(const log_stream_state&) = delete;
  log_stream_state& operator=(const log_stream_state&) = delete;
  ~log_stream_state();

  // -- initialization ---------------------------------------------------------

  /// @param head position of the hub when it was opened
  void init(session_actor::pointer self, std::shared_ptr<const session_env> env, uint64_t id,
            open_session opened, std::shared_ptr<session_gauge> gauge, position head);

  // -- callbacks --------------------------------------------------------------

  void on_head(position x);
  void on_text(const std::string& text);
  void on_writable();
  void on_closed();
  void end(session_close why);
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
    ended,
  };

  void go_on();
  void read_mark();
  void on_mark(const event_page& page);
  void read_page();
  void on_page(const event_page& page);
  void deliver();
  void pause();
  bool check_key();
  void refuse(const failure& why, session_close code, position resume);

  session_actor::pointer self_ = nullptr;
  std::shared_ptr<const session_env> env_;
  session_link_ptr link_;
  std::shared_ptr<session_gauge> gauge_;
  uint64_t id_ = 0;
  viewer who_;
  log_scope scope_;
  event_filter filter_;
  /// Everything up to here was sent, or is not for this stream.
  position position_ = 0;
  /// The log reaches at least up to here.
  position head_ = 0;
  /// Of a position that was sent; the mark is known if it is that of `position_`.
  bookmark marked_;
  /// What the link did not take yet.
  live_segment_ptr unsent_;
  token_bucket commands_{1};
  phase phase_ = phase::marking;
  bool greeted_ = false;
  /// The client is to be told its position.
  bool report_due_ = false;
  uint64_t generation_ = 0;
};

/// Runs a LOG STREAM.
session_actor::behavior_type log_stream(session_actor::stateful_pointer<log_stream_state> self,
                                        std::shared_ptr<const session_env> env, uint64_t id,
                                        open_session opened, std::shared_ptr<session_gauge> gauge,
                                        position head);

} // namespace carillon
