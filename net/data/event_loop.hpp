#pragma once

#include "net/data/connection_places.hpp"
#include "net/data/loop_counts.hpp"
#include "net/data/loop_sessions.hpp"
#include "net/data/port_state.hpp"
#include "net/data/publishing/publish_turn.hpp"
#include "net/data/sockets/handshakes.hpp"
#include "net/data/turn_share.hpp"
#include "net/http/request_body.hpp"

#include <boost/asio/io_context.hpp>
#include <boost/asio/steady_timer.hpp>

#include <future>
#include <memory>
#include <string>
#include <string_view>
#include <thread>
#include <vector>

namespace carillon::data {

/// One thread with an io_context, its connections and its sessions. Events parsed in one turn of
/// the loop go to the router as one call, and answers of one turn are sent with one write per
/// connection. Members below "any thread" may be called from any thread, all others on the loop's
/// own.
class event_loop : public std::enable_shared_from_this<event_loop> {
public:
  explicit event_loop(std::shared_ptr<port_state> state);
  event_loop(const event_loop&) = delete;
  event_loop& operator=(const event_loop&) = delete;
  ~event_loop();

  // -- any thread ---------------------------------------------------------------

  void start();
  boost::asio::io_context& context() noexcept {
    return context_;
  }
  /// Accepts a connection without TLS that was counted already.
  /// @param must_make_room the limit is exceeded: the oldest idle one is closed, or this one is
  ///        rejected
  void adopt(tcp::socket socket, address_counts::seat seat, bool must_make_room);
  /// Begins the TLS handshake of a connection that is not counted yet: it takes its place, or that
  /// of the oldest idle one, when the handshake is done.
  void shake_hands(tcp::socket socket, address_counts::seat seat);
  /// Answers a `call`; if the connection is gone, only `unsent` is called.
  void answer_later(connection_ref to, uint64_t request, whole_answer x);
  /// From now on answers say `Connection: close`.
  void drain();
  /// Drains and closes idle connections; ready when no request waits for its answer.
  std::future<void> finish();
  /// Closes everything and joins the thread.
  void end();
  /// Has the session flushed soon.
  void wake(std::shared_ptr<loop_tenant> x);

  // -- for connections ----------------------------------------------------------

  const data_port_options& options() const noexcept {
    return state_->options;
  }
  const data_port_backend& backend() const noexcept {
    return state_->backend;
  }
  const request_judge& entrance() const noexcept {
    return *state_->entrance;
  }
  body_budget& budget() noexcept {
    return budget_;
  }
  loop_counts& counts() noexcept {
    return counts_;
  }
  turn_share& turns() noexcept {
    return turns_;
  }
  array_worker& arrays() noexcept {
    return state_->arrays;
  }
  bool draining() const noexcept {
    return draining_;
  }
  std::string_view date() const noexcept {
    return date_;
  }
  /// Calls the hook of the port.
  void tell_denied(const denial& x, const failure& why, std::string ip);
  /// Adds to the call of this turn.
  void publish(reply_to to, draft_ptr draft);
  void publish(reply_to to, parsed_items items, size_t drafts);
  /// Has the connection flushed at the end of the turn.
  void touch(connection& x);
  void remove(connection_ref x);
  /// Removes a connection without closing its socket, which becomes a session's.
  void hand_over(connection_ref x, handover what);

  // -- for sessions -------------------------------------------------------------

  loop_sessions& sessions() noexcept {
    return sessions_;
  }

private:
  void run();
  void enter(wire socket, address_counts::seat seat);
  void place(wire socket, address_counts::seat seat);
  bool make_room();
  void count_refused();
  void end_turn_later();
  void end_turn();
  void submit(std::shared_ptr<publish_bundle> bundle);
  void flush_touched();
  void sweep_later();
  void sweep();
  void check_finished();

  std::shared_ptr<port_state> state_;
  /// Declared before the context, whose handlers own connections that give back to it.
  body_budget budget_;
  boost::asio::io_context context_{1};
  boost::asio::steady_timer sweeper_{context_};
  handshakes handshakes_;
  connection_places connections_;
  loop_sessions sessions_{*state_};
  publish_turn turn_;
  std::vector<std::shared_ptr<connection>> touched_;
  std::vector<std::shared_ptr<connection>> flushing_;
  std::string date_;
  loop_counts counts_;
  turn_share turns_;
  bool turn_ends_ = false;
  bool draining_ = false;
  bool finishing_ = false;
  std::promise<void> finished_;
  bool promised_ = false;
  std::thread thread_;
};

} // namespace carillon::data
