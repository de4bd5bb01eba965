#pragma once

#include "net/data/event_loop.hpp"
#include "net/data/exchange.hpp"
#include "net/data/sockets/send_buffer.hpp"
#include "net/data/sockets/wire.hpp"

#include <boost/beast/core/flat_buffer.hpp>

#include <atomic>
#include <chrono>
#include <memory>
#include <optional>
#include <string>
#include <utility>

namespace carillon::data {

/// One client: its socket, its deadlines and its end. Requests are answered in their order, even if
/// answers arrive in another; beyond its bounds it stops reading, so that the client's sending
/// blocks. Lives on its loop's thread.
class connection final : private exchange_owner, public std::enable_shared_from_this<connection> {
public:
  connection(event_loop& loop, connection_ref ref, wire socket, address_counts::seat seat);

  void start();

  /// Answers a request, see `exchange::answer`.
  template <class Write>
  void answer(uint64_t request, Write&& write) {
    if (phase_ != phase::closed)
      exchange_.answer(request, std::forward<Write>(write));
  }

  /// Answers a request that was handed to a call.
  void answer_call(uint64_t request, whole_answer x);

  /// Answers a request with a problem.
  void refuse(uint64_t request, const refusal& why);

  /// Sends ready answers, and resumes reading if it had stopped.
  void flush();

  /// Enforces the deadlines.
  void sweep(steady_time now);

  /// The last pending answer says `Connection: close`.
  void drain();

  /// True while a request waits for its answer, or an answer is unsent.
  bool busy() const noexcept;

  /// Time since which the connection is idle: it has no request, or has been sending one for long.
  /// Empty if it is in use.
  std::optional<steady_time> idle_since(steady_time now) const noexcept;

  /// Closes an idle connection without waiting for the client.
  void finish();

  /// Closes at once.
  void close();

private:
  using clock = std::chrono::steady_clock;
  using error_code = boost::system::error_code;

  enum class phase : uint8_t {
    open,
    /// All is sent; further input is discarded until the client closes, so that a reset does not
    /// lose the answer.
    lingering,
    closed,
  };

  void touch() override;
  bool is_writing() const noexcept override {
    return writing_;
  }
  std::string remote_address() const override;

  /// Further requests may come.
  bool is_open() const noexcept {
    return phase_ == phase::open && !exchange_.is_closing();
  }
  void read();
  void on_read(const error_code& error, size_t count);
  void on_end_of_stream();
  void process();
  void yield();
  void parse_elsewhere();
  void go_on(const expected<bool>& done);
  void become_session();
  bool send();
  void await_writable();
  void linger();
  void discard_input();

  event_loop& loop_;
  connection_ref ref_;
  wire socket_;
  address_counts::seat seat_;
  boost::beast::flat_buffer in_;
  send_buffer out_;
  exchange exchange_;
  size_t read_bytes_;
  steady_time active_;
  steady_time lingers_until_;
  phase phase_ = phase::open;
  bool reading_ = false;
  bool paused_ = false;
  /// Its next turn is already scheduled.
  bool yielding_ = false;
  bool writing_ = false;
  bool touched_ = false;
  bool end_of_stream_ = false;
  /// It is closed, or about to be: the worker need not parse its array.
  std::atomic<bool> abandoned_{false};
};

} // namespace carillon::data
