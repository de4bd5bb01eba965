#pragma once

#include "net/data/event_loop.hpp"
#include "net/data/intake.hpp"
#include "net/http/answers.hpp"
#include "net/http/request_reader.hpp"

#include <boost/asio/ip/tcp.hpp>
#include <boost/beast/core/flat_buffer.hpp>

#include <atomic>
#include <chrono>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <vector>

namespace carillon::data {

/// One client. Requests are answered in their order, even if answers arrive in another; beyond its
/// bounds it stops reading, so that the client's sending blocks. Lives on its loop's thread.
class connection : public std::enable_shared_from_this<connection> {
public:
  connection(event_loop& loop, connection_ref ref, tcp::socket socket, address_counts::seat seat);

  void start();

  /// Answers a request; nothing happens if it has its answer already.
  /// @param write appends the answer: `void (std::string&, const answer_style&)`
  template <class Write>
  void answer(uint64_t request, Write&& write) {
    auto* x = open_slot(request);
    if (x == nullptr)
      return;
    // Earlier answers are written already, so the slot is not needed.
    auto is_next = request == first_;
    write(is_next ? outbox_ : x->text, x->style(loop_.date()));
    x->done = true;
    if (is_next)
      retire();
  }

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

  /// Memory that an idle connection keeps for each direction.
  static constexpr size_t kept_bytes = 32UL * 1024;
  /// How long turns may process received data, for all connections together that need more than one
  /// turn; then other connections get theirs. One more event may be in progress then, see
  /// `max_schema_steps`.
  static constexpr std::chrono::milliseconds turn_time{4};

  /// A request and, once known, its answer.
  struct slot {
    steady_time deadline;
    size_t items = 1;
    bool done = false;
    bool close = false;
    bool keep_alive_10 = false;
    bool head_only = false;
    /// Events may have been stored although there is no answer.
    bool publishes = false;
    std::string text = {};
    /// Lines of every answer to it.
    std::string fields = {};

    answer_style style(std::string_view date) const noexcept {
      return {close, keep_alive_10, head_only, date, fields};
    }
  };

  enum class phase : uint8_t {
    open,
    /// No further request is read; answers are still to come.
    closing,
    /// All is sent; further input is discarded until the client closes, so that a reset does not
    /// lose the answer.
    lingering,
    /// Further input belongs to a session.
    leaving,
    closed,
  };

  void read();
  void on_read(const error_code& error, size_t count);
  void on_end_of_stream();
  void process();
  bool has_room() const noexcept;
  void yield();
  void finish_request();
  void permit_body();
  uint64_t push_slot(size_t items);
  slot* open_slot(uint64_t request) noexcept;
  void retire();
  void take_request();
  void attempt(const std::function<void()>& work);
  void serve();
  parse_context parsing() const;
  void take_events();
  void hand_on();
  std::string remote_address() const;
  void take_array();
  void parse_elsewhere();
  void end_array(const expected<bool>& done);
  void resume(const expected<bool>& done);
  void take_refusal();
  void begin_session();
  void become_session();
  void touch();
  bool send();
  void await_writable();
  void linger();
  size_t unsent() const noexcept {
    return outbox_.size() - sent_;
  }
  bool has_slots() const noexcept {
    return head_ < slots_.size();
  }

  event_loop& loop_;
  connection_ref ref_;
  tcp::socket socket_;
  address_counts::seat seat_;
  boost::beast::flat_buffer in_;
  request_reader reader_;
  /// The array of the last read request, while it is parsed over several turns.
  std::optional<event_array> array_;
  /// Requests without an answer: `slots_[head_]` is number `first_`.
  std::vector<slot> slots_;
  size_t head_ = 0;
  uint64_t first_ = 0;
  size_t items_ = 0;
  std::string outbox_;
  size_t sent_ = 0;
  /// Bytes read by the client since the write deadline began; 0 if nothing is blocked.
  size_t blocked_bytes_ = 0;
  size_t read_bytes_;
  /// Time at which the requests in the buffer were examined.
  steady_time now_;
  steady_time active_;
  steady_time began_;
  steady_time blocked_;
  steady_time lingers_until_;
  phase phase_ = phase::open;
  bool reading_ = false;
  bool paused_ = false;
  /// Its next turn is already scheduled.
  bool yielding_ = false;
  bool receiving_ = false;
  bool writing_ = false;
  bool touched_ = false;
  bool end_of_stream_ = false;
  bool close_when_sent_ = false;
  /// It is closed: the worker need not parse its array.
  std::atomic<bool> abandoned_{false};
};

} // namespace carillon::data
