#include "net/data/connection.hpp"

#include <boost/asio/buffer.hpp>
#include <boost/asio/post.hpp>

#include <exception>

namespace carillon::data {

namespace {

using namespace std::chrono_literals;

/// First size of the receive buffer, and that while a large body arrives.
constexpr size_t small_read = 4UL * 1024;
constexpr size_t medium_read = 16UL * 1024;
constexpr size_t large_read = 64UL * 1024;
/// Memory for input that an idle connection keeps.
constexpr size_t kept_read_bytes = 32UL * 1024;
/// How long turns may process received data, for all connections together that need more than one
/// turn; then other connections get theirs.
constexpr std::chrono::milliseconds turn_time{4};
/// How long a client may take to close its side after the last answer.
constexpr auto linger_time = 2s;
/// From then on a request that is not complete counts as idle where there is no room.
constexpr auto slow_request = 2s;

} // namespace

connection::connection(event_loop& loop, connection_ref ref, wire socket, address_counts::seat seat)
  : loop_(loop), ref_(ref), socket_(std::move(socket)), seat_(std::move(seat)),
    exchange_(loop, ref, *this, out_), read_bytes_(small_read), active_(clock::now()) {
  exchange_.reader().shows(socket_.certificate());
}

void connection::start() {
  read();
}

std::string connection::remote_address() const {
  error_code error;
  auto at = socket_.remote_endpoint(error);
  return error ? std::string{} : text_of(at.address());
}

// -- reading ------------------------------------------------------------------

/// Behind the last request it reads only to learn that the client is gone, if a call waits for
/// that.
void connection::read() {
  auto is_closing = phase_ == phase::open && exchange_.is_closing()
                    && (exchange_.is_unfinished() || exchange_.calls().empty());
  if (reading_ || end_of_stream_ || is_closing || phase_ == phase::closed)
    return;
  reading_ = true;
  auto wanted = exchange_.reader().expected_bytes() > read_bytes_ ? large_read : read_bytes_;
  socket_.async_read_some(in_.prepare(wanted),
                          [self = shared_from_this()](const error_code& error, size_t count) {
                            self->on_read(error, count);
                          });
}

void connection::on_read(const error_code& error, size_t count) {
  reading_ = false;
  if (phase_ == phase::closed)
    return;
  if (error == boost::asio::error::eof)
    return on_end_of_stream();
  if (error)
    return close();
  loop_.counts().bytes_in += count;
  if (!is_open()) {
    in_.clear();
    return read();
  }
  in_.commit(count);
  // A client that fills the buffer pipelines or sends something large.
  if (count == read_bytes_ && read_bytes_ < medium_read)
    read_bytes_ = medium_read;
  process();
}

/// The client closed its sending side; it may still wait for answers.
void connection::on_end_of_stream() {
  end_of_stream_ = true;
  exchange_.reader().stop();
  if (phase_ == phase::lingering || !busy())
    close();
  else
    exchange_.calls().cancel();
}

/// Processes the requests in the buffer, then reads on.
void connection::process() {
  // Its next turn is already scheduled.
  if (yielding_)
    return;
  paused_ = false;
  auto now = clock::now();
  while (is_open() && in_.size() > 0) {
    if (clock::now() - now >= loop_.turns().of(turn_time))
      return yield();
    if (!exchange_.has_room()) {
      paused_ = true;
      return;
    }
    auto data = in_.data();
    size_t used = 0;
    auto step = exchange_.read({static_cast<const char*>(data.data()), data.size()}, used, now);
    in_.consume(used);
    if (step == exchange::step::session)
      return become_session();
    if (step == exchange::step::unfinished)
      return parse_elsewhere();
    if (step == exchange::step::need_more)
      break;
  }
  if (in_.size() == 0 && in_.capacity() > kept_read_bytes
      && exchange_.reader().expected_bytes() == 0)
    in_.shrink_to_fit();
  read();
}

/// Continues in another turn of the loop, so that other connections get theirs.
void connection::yield() {
  yielding_ = true;
  loop_.turns().enter();
  boost::asio::post(socket_.get_executor(), [self = shared_from_this()] {
    self->yielding_ = false;
    self->loop_.turns().leave();
    self->process();
  });
}

/// The worker of the port parses the large array. Until then nothing is read, so that the body
/// stays where it is.
void connection::parse_elsewhere() {
  yielding_ = true;
  auto parse = [self = shared_from_this(), to = socket_.get_executor()](steady_time until) mutable {
    auto done = self->abandoned_ ? expected<bool>{true} : self->exchange_.parse(until);
    if (done && !*done)
      return false;
    // The last reference to a connection ends on its loop, whose budget it gives back to. So the
    // worker keeps none: the loop may have closed the connection before this returns.
    boost::asio::post(to, [self = std::move(self), done = std::move(done)] { self->go_on(done); });
    return true;
  };
  try {
    loop_.arrays().push(exchange_.reader().admitted().who.company_id, std::move(parse));
  } catch (const std::exception&) {
    // Without memory or a thread for it only this request fails.
    boost::asio::post(socket_.get_executor(), [self = shared_from_this()] {
      self->go_on(failure{ec::overloaded, "the node has no thread for an array now", {}});
    });
  }
}

/// Continues behind the array that the worker has parsed.
void connection::go_on(const expected<bool>& done) {
  yielding_ = false;
  if (is_open()) {
    exchange_.finish(done, clock::now());
    return process();
  }
  exchange_.abandon();
  if (phase_ == phase::lingering)
    discard_input();
}

void connection::become_session() {
  auto self = shared_from_this();
  // Asks the socket for its address, so before that goes.
  auto start = exchange_.take_session();
  auto early = in_.data();
  phase_ = phase::closed;
  loop_.hand_over(ref_, {.socket = std::move(socket_),
                         .seat = std::move(seat_),
                         .start = std::move(start),
                         .pending = std::string{out_.unsent()},
                         .early = {static_cast<const char*>(early.data()), early.size()}});
}

// -- sending ------------------------------------------------------------------

void connection::touch() {
  if (touched_ || phase_ == phase::closed)
    return;
  touched_ = true;
  loop_.touch(*this);
}

void connection::answer_call(uint64_t request, whole_answer x) {
  if (phase_ != phase::closed)
    exchange_.answer_call(request, std::move(x));
  else if (x.unsent)
    x.unsent();
}

void connection::refuse(uint64_t request, const refusal& why) {
  if (phase_ != phase::closed)
    exchange_.refuse(request, why);
}

void connection::flush() {
  touched_ = false;
  if (phase_ == phase::closed || writing_ || !send())
    return;
  active_ = clock::now();
  if (exchange_.closes())
    return linger();
  if (end_of_stream_ && !busy())
    return close();
  if (!is_open())
    return;
  if (paused_)
    process();
  else
    exchange_.permit_body();
}

/// Sends as much as the socket accepts. False if it did not accept all.
bool connection::send() {
  while (!out_.unsent().empty() || socket_.holds()) {
    error_code error;
    auto unsent = out_.unsent();
    // Sending only reads them.
    const iovec part{const_cast<char*>(unsent.data()), unsent.size()};
    auto count = socket_.send({&part, unsent.empty() ? 0U : 1U}, error);
    if (error == boost::asio::error::would_block) {
      await_writable();
      return false;
    }
    if (error) {
      close();
      return false;
    }
    loop_.counts().bytes_out += count;
    out_.sent(count);
  }
  out_.clear();
  exchange_.calls().all_sent();
  return true;
}

void connection::await_writable() {
  writing_ = true;
  out_.block(clock::now());
  socket_.wait_writable([self = shared_from_this()](const error_code& error) {
    self->writing_ = false;
    if (!error)
      self->flush();
  });
}

// -- ends ---------------------------------------------------------------------

void connection::linger() {
  socket_.end_sending();
  if (end_of_stream_)
    return close();
  phase_ = phase::lingering;
  lingers_until_ = clock::now() + linger_time;
  abandoned_ = true;
  // The worker still reads the body of an unfinished array there.
  if (!exchange_.is_unfinished())
    discard_input();
}

void connection::discard_input() {
  in_.clear();
  read();
}

void connection::drain() {
  if (phase_ == phase::open)
    exchange_.drain();
}

bool connection::busy() const noexcept {
  return phase_ == phase::open
         && (exchange_.is_busy() || !out_.unsent().empty() || socket_.holds());
}

std::optional<steady_time> connection::idle_since(steady_time now) const noexcept {
  if (!is_open() || writing_ || busy())
    return std::nullopt;
  const auto& receiving = exchange_.reader().since();
  if (!receiving)
    return active_;
  if (now - *receiving < slow_request)
    return std::nullopt;
  return receiving;
}

void connection::finish() {
  if (is_open())
    close();
}

void connection::close() {
  if (phase_ == phase::closed)
    return;
  phase_ = phase::closed;
  abandoned_ = true;
  socket_.close();
  exchange_.calls().lose();
  loop_.remove(ref_);
}

void connection::sweep(steady_time now) {
  const auto& options = loop_.options();
  if (phase_ == phase::lingering) {
    if (now >= lingers_until_)
      close();
    return;
  }
  if (writing_ && now - out_.blocked_since() >= options.write_deadline)
    return close();
  exchange_.refuse_late(now);
  if (!is_open())
    return;
  const auto& receiving = exchange_.reader().since();
  if (receiving) {
    if (!paused_ && !yielding_ && now - *receiving >= options.receive_deadline)
      exchange_.refuse_incomplete(now);
  } else if (!busy() && now - active_ >= options.idle) {
    close();
  }
}

} // namespace carillon::data
