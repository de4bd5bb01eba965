#pragma once

#include "net/data/answer_queue.hpp"
#include "net/data/event_loop.hpp"
#include "net/data/exchange_owner.hpp"
#include "net/data/publishing/intake.hpp"
#include "net/data/served_calls.hpp"
#include "net/data/sockets/send_buffer.hpp"
#include "net/data/timed_reader.hpp"

#include <functional>
#include <optional>
#include <string>
#include <string_view>
#include <utility>

namespace carillon::data {

/// The requests of a connection and their answers, apart from its socket: reads requests from
/// bytes, serves each, and appends the answers to a buffer in the order of the requests. Lives on
/// its loop's thread.
class exchange {
public:
  enum class step : uint8_t {
    /// All usable bytes were used.
    need_more,
    /// A request was taken.
    taken,
    /// A request was taken that is large: a worker goes on with it, see `parse`.
    unfinished,
    /// Further bytes belong to a session, see `take_session`.
    session,
  };

  /// @param of outlives the exchange, as the loop and the buffer do
  exchange(event_loop& loop, connection_ref ref, exchange_owner& of, send_buffer& out);

  /// Reads one request. `in` begins with the first unused byte, and stays where it is while the
  /// request is unfinished; `used` is set to the number of consumed bytes.
  step read(std::string_view in, size_t& used, steady_time now);

  /// Parses the unfinished request, on any thread, while the exchange is not used otherwise. True
  /// when it is done. Errors: those of the whole request.
  expected<bool> parse(steady_time until) noexcept;

  /// Goes on behind the request that `parse` has finished.
  /// @param done its result
  void finish(const expected<bool>& done, steady_time now);

  /// Drops the unfinished request.
  void abandon();

  bool is_unfinished() const noexcept {
    return array_.has_value();
  }

  /// The session that begins; the exchange has ended.
  session_start take_session();

  /// Answers a request; nothing happens if it has its answer already.
  /// @param write appends the answer: `void (std::string&, const answer_style&)`
  template <class Write>
  void answer(uint64_t request, Write&& write) {
    if (answers_.answer(request, out_.text(), loop_.date(), std::forward<Write>(write)))
      owner_.touch();
  }

  /// Answers a request that was handed to a call.
  void answer_call(uint64_t request, whole_answer x);

  /// Answers a request with a problem.
  void refuse(uint64_t request, const refusal& why);

  /// The request that it reads, or that is unfinished.
  timed_reader& reader() noexcept {
    return reader_;
  }

  const timed_reader& reader() const noexcept {
    return reader_;
  }

  /// The calls that serve its requests. They are to be told when the client sends nothing more,
  /// when the socket has taken all that is in the buffer, and when the connection ends.
  served_calls& calls() noexcept {
    return calls_;
  }

  /// Answers the requests that have no answer in time.
  void refuse_late(steady_time now);

  /// Answers the request that has not arrived in time; it is the last one.
  void refuse_incomplete(steady_time now);

  /// Sends `100 Continue` if the client waits for it, unless earlier answers must come first.
  void permit_body();

  /// The last pending answer says `Connection: close`.
  void drain();

  /// False if the connection holds as many requests or unsent bytes as it may; it reads on once it
  /// has fewer.
  bool has_room() const noexcept;

  /// No further request is read; answers are still to come.
  bool is_closing() const noexcept {
    return closing_;
  }

  /// True once the last answer is in the buffer.
  bool closes() const noexcept {
    return answers_.closes();
  }

  /// True while a request waits for its answer.
  bool is_busy() const noexcept {
    return !answers_.empty() || is_unfinished();
  }

private:
  uint64_t push_slot(size_t items);
  void attempt(const std::function<void()>& work);
  void serve();
  void hand_on();
  void check_session();
  parse_context parsing() const;
  void take_events();
  void take_array();
  void end_array(const expected<bool>& done);
  void take_refusal();
  void close_last();
  step finish_request();

  event_loop& loop_;
  connection_ref ref_;
  exchange_owner& owner_;
  send_buffer& out_;
  timed_reader reader_;
  answer_queue answers_;
  served_calls calls_{answers_};
  /// The array of the last read request, while it is parsed.
  std::optional<event_array> array_;
  /// Time at which the requests in the buffer were examined.
  steady_time now_;
  bool closing_ = false;
  bool begins_session_ = false;
};

} // namespace carillon::data
