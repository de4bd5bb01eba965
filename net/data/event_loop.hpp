#pragma once

#include "net/data/address_counts.hpp"
#include "net/data/array_worker.hpp"
#include "net/data/idle_candidates.hpp"
#include "net/data/port/gate.hpp"
#include "net/data/publish_bundle.hpp"
#include "net/http/request_reader.hpp"

#include <boost/asio/io_context.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/steady_timer.hpp>

#include <algorithm>
#include <array>
#include <atomic>
#include <chrono>
#include <functional>
#include <future>
#include <memory>
#include <mutex>
#include <thread>
#include <vector>

namespace carillon::data {

class connection;

} // namespace carillon::data

namespace carillon::sessions {

class session_connection;
using tcp = boost::asio::ip::tcp;

} // namespace carillon::sessions

namespace carillon::data {

using tcp = boost::asio::ip::tcp;
using steady_time = std::chrono::steady_clock::time_point;

/// State shared by the loops of a port.
struct port_state {
  /// @param to dependencies; for the admin port only its statistics and the hook
  /// @param from judges its requests; for the data port its gate
  port_state(data_port_options with, data_port_backend to,
             std::shared_ptr<const request_judge> from = {})
    : options(std::move(with)), backend(std::move(to)), entrance(std::move(from)) {
    if (entrance)
      return;
    entrance = std::make_shared<const gate>(options, *backend.keys, backend.tokens,
                                            backend.admin_address, backend.notifications);
    bodies = backend.stats->bounds.add("unfinished bodies", "bytes", options.receive_bytes);
  }

  const data_port_options options;
  const data_port_backend backend;
  std::shared_ptr<const request_judge> entrance;
  /// Name of the option with the address, and of the port in events.
  const char* listen_option = "listen";
  const char* source = "/data";
  /// Of the data port: the bound of incomplete bodies, which companies share.
  bound_ptr bodies;
  const std::shared_ptr<address_counts> addresses
    = std::make_shared<address_counts>(options.connections_per_address);
  /// Open connections, including those on their way to a loop.
  std::atomic<size_t> connections{0};
  /// Those of them that are sessions.
  std::atomic<size_t> sessions{0};
  /// Parses large arrays of all loops.
  array_worker arrays;
};

/// One thread with an io_context and its connections. Events parsed in one turn of the loop go to
/// the router as one call, and answers of one turn are sent with one write per connection. Members
/// below "any thread" may be called from any thread, all others on the loop's own.
class event_loop : public std::enable_shared_from_this<event_loop> {
public:
  explicit event_loop(std::shared_ptr<port_state> state);
  event_loop(const event_loop&) = delete;
  event_loop& operator=(const event_loop&) = delete;
  ~event_loop();

  // any thread

  void start();
  boost::asio::io_context& context() noexcept {
    return context_;
  }
  /// Accepts a connection that was counted already.
  /// @param must_make_room the limit is exceeded: the oldest idle one is closed, or this one is
  ///        rejected
  void adopt(tcp::socket socket, address_counts::seat seat, bool must_make_room);
  /// Answers a `call`; nothing happens if the connection is gone.
  void answer_later(connection_ref to, uint64_t request, whole_answer x);
  /// From now on answers say `Connection: close`.
  void drain();
  /// Drains and closes idle connections; ready when no request waits for its answer.
  std::future<void> finish();
  /// Closes everything and joins the thread.
  void end();
  /// Has the session flushed soon.
  void wake(std::shared_ptr<sessions::session_connection> x);

  // for connections

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
  array_worker& arrays() noexcept {
    return state_->arrays;
  }
  bool draining() const noexcept {
    return draining_;
  }
  std::string_view date() const noexcept {
    return date_;
  }
  void count_request() noexcept {
    ++counts_.requests;
  }
  void count_refused() noexcept {
    ++counts_.refused;
  }
  void count_in(size_t bytes) noexcept {
    counts_.in += bytes;
  }
  void count_out(size_t bytes) noexcept {
    counts_.out += bytes;
  }
  void count_session_out(size_t bytes) noexcept {
    counts_.session_out += bytes;
  }
  void count_session_frames(size_t frames) noexcept {
    counts_.session_frames += frames;
  }
  void count_session_refused() noexcept {
    ++counts_.session_refused;
  }
  /// @param code one of `session_close_codes`
  void count_session_closed(uint16_t code) noexcept;
  /// A buffer for a session's input; valid until the next read.
  std::array<char, 64UL * 1024>& scratch() noexcept {
    return *scratch_;
  }
  /// False if the limit is reached.
  bool may_open_session() const noexcept;
  /// Adds a session from a connection, which is then removed; the session keeps its place in the
  /// count of connections.
  void adopt_session(std::shared_ptr<sessions::session_connection> x, address_counts::seat seat);
  void remove_session(sessions::session_connection& x);
  /// Removes a connection without closing its socket, which became a session's.
  void hand_over(connection_ref x);
  /// Calls the hook of the port.
  void tell_denied(const denial& x, const failure& why, std::string ip);
  /// Adds to the call of this turn.
  void publish(reply_to to, draft_ptr draft);
  void publish(reply_to to, parsed_items items, size_t drafts);
  /// Time for one of the connections that need more than one turn: they share it.
  std::chrono::microseconds share_of(std::chrono::microseconds turn) const noexcept {
    constexpr std::chrono::microseconds least{500};
    return std::max(least, turn / std::max<int64_t>(in_turns_, 1));
  }
  void enter_turn() noexcept {
    ++in_turns_;
  }
  void leave_turn() noexcept {
    --in_turns_;
  }
  /// Has the connection flushed at the end of the turn.
  void touch(connection& x);
  void remove(connection_ref x);

  // for bundles

  void acknowledge(connection_ref to, uint64_t request, const receipt& x, std::string_view id);
  void reply(connection_ref to, uint64_t request, std::string_view body);
  void refuse(connection_ref to, uint64_t request, const failure& why);

private:
  struct tenancy {
    std::shared_ptr<connection> tenant;
    uint32_t generation = 0;
  };

  void run();
  void place(tcp::socket socket, address_counts::seat seat);
  bool make_room();
  void look_for_idle(steady_time now);
  connection* find(connection_ref x) const noexcept;
  void each(const std::function<void(connection&)>& visit);
  void end_turn_later();
  void end_turn();
  publish_bundle& bundle_of(const std::string& company);
  void submit();
  void submit(std::shared_ptr<publish_bundle> bundle);
  void flush_touched();
  void sweep_later();
  void sweep();
  void report_counts() noexcept;
  void check_finished();
  void flush_woken();
  void each_session(const std::function<void(sessions::session_connection&)>& visit);

  std::shared_ptr<port_state> state_;
  /// Declared before the context, whose handlers own connections that give back to it.
  body_budget budget_;
  boost::asio::io_context context_{1};
  boost::asio::steady_timer sweeper_{context_};
  std::vector<tenancy> places_;
  std::vector<uint32_t> free_places_;
  std::shared_ptr<publish_bundle> bundle_;
  std::vector<std::shared_ptr<connection>> touched_;
  std::vector<std::shared_ptr<connection>> flushing_;
  idle_candidates oldest_;
  std::vector<std::shared_ptr<sessions::session_connection>> sessions_;
  /// Their places at their addresses, by the same index.
  std::vector<address_counts::seat> session_seats_;
  std::unique_ptr<std::array<char, 64UL * 1024>> scratch_
    = std::make_unique<std::array<char, 64UL * 1024>>();
  std::mutex woken_mutex_;
  std::vector<std::shared_ptr<sessions::session_connection>> woken_;
  std::string date_;
  struct {
    uint64_t requests = 0;
    uint64_t refused = 0;
    uint64_t in = 0;
    uint64_t out = 0;
    uint64_t session_out = 0;
    uint64_t session_frames = 0;
    uint64_t session_refused = 0;
  } counts_;
  /// Connections that continue in another turn.
  int64_t in_turns_ = 0;
  bool turn_ends_ = false;
  bool draining_ = false;
  bool finishing_ = false;
  std::promise<void> finished_;
  bool promised_ = false;
  std::thread thread_;
};

} // namespace carillon::data
