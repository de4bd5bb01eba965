#pragma once

#include "actors/sessions/session_index.hpp"
#include "base/token_bucket.hpp"
#include "messages/events/log_history.hpp"
#include "messages/sessions/options.hpp"
#include "messages/telemetry.hpp"

#include <caf/typed_event_based_actor.hpp>

#include <atomic>
#include <chrono>
#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <string>

namespace carillon {

/// What all sessions share.
struct session_env {
  log_reader_actor reader;
  session_hub_actor hub;
  /// Everything up to here was sent to live sessions.
  std::shared_ptr<const std::atomic<position>> sent_to;
  telemetry_ptr stats;
  /// See `session_hub_env`.
  log_histories histories;
  /// The current one, for events; null if it has no id.
  shared_text history;
  std::function<timestamp()> now = wall_clock_now;
  session_options options;
};

/// What the hub gives to a session that it opens.
struct session_opening {
  std::shared_ptr<const session_env> env;
  uint64_t id = 0;
  open_session wanted;
  std::shared_ptr<session_gauge> gauge;
  /// Position of the hub.
  position head = 0;
};

/// What every session has, whatever it sends: its link to the client, its position, its deadlines,
/// and an end that comes once. The states of its actors derive from it.
class session_base {
public:
  session_base(const session_base&) = delete;
  session_base& operator=(const session_base&) = delete;

  /// Ends the session, from this side.
  void end(session_close why);

  /// The client has gone.
  void on_closed();

protected:
  session_base() = default;
  /// If it has not ended, this is an internal fault.
  virtual ~session_base();

  /// Gives up what was to be sent: the session has ended.
  virtual void give_up() = 0;

  /// Begins at the position that the client asked for, or else at the head.
  void begin(session_actor::pointer self, const session_opening& x);

  /// Ends the session by a problem.
  void refuse(const failure& why, session_close code, position resume);

  bool has_ended() const noexcept {
    return ended_;
  }

  /// The client may send texts from now on, as many as the options say.
  void permit_texts();

  /// A text arrived: the client may send another. False if it came too soon, or texts are not
  /// permitted.
  bool take_text();

  /// Tells the client which events are missing if the next page of the log begins with `first`.
  void skip_gap(position first);

  /// Goes on where the client's history and the log's part, if they do.
  /// @return what the client is to be told after `hello`; empty if it has missed nothing
  std::string enter_history(const std::string& of_client);

  /// The text of the position for the ids of a stream; empty on a WebSocket, whose messages have
  /// the history in `hello` only.
  std::string place() const;

  void count_sent(size_t events);

  /// Has a tick come; it ends the wait for an earlier one.
  void tick_after(std::chrono::milliseconds pause);

  /// The tick that was to come counts no more.
  void cancel_tick() noexcept {
    ++generation_;
  }

  /// The tick is the one that was to come.
  bool is_due(uint64_t generation) const noexcept {
    return generation == generation_;
  }

  session_actor::pointer self_ = nullptr;
  std::shared_ptr<const session_env> env_;
  session_link_ptr link_;
  std::shared_ptr<session_gauge> gauge_;
  uint64_t id_ = 0;
  /// Everything up to here was sent, or is not for this session.
  position position_ = 0;

private:
  /// False if it has ended already.
  bool leave();

  std::optional<token_bucket> commands_;
  uint64_t generation_ = 0;
  bool ended_ = false;
};

} // namespace carillon
