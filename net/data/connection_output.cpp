#include "net/data/connection.hpp"

#include <boost/asio/buffer.hpp>

#include <algorithm>
#include <utility>

// Answers: from the slots to the socket; and the ends of a connection.

namespace carillon::data {

namespace {

using namespace std::chrono_literals;

/// Bytes that a slow client must read to restart its write deadline.
constexpr size_t progress_bytes = 16UL * 1024;
/// How long a client may take to close its side after the last answer.
constexpr auto linger_time = 2s;
constexpr int request_timeout = 408;
/// From then on a request that is not complete counts as idle where there is no room.
constexpr auto slow_request = 2s;

} // namespace

void connection::touch() {
  if (touched_ || phase_ == phase::closed)
    return;
  touched_ = true;
  loop_.touch(*this);
}

void connection::flush() {
  touched_ = false;
  if (phase_ == phase::closed || writing_ || !send())
    return;
  active_ = clock::now();
  if (close_when_sent_)
    return linger();
  if (end_of_stream_ && !busy())
    return close();
  if (phase_ != phase::open)
    return;
  if (paused_)
    process();
  else
    permit_body();
}

/// Sends as much as the socket accepts. False if it did not accept all.
bool connection::send() {
  while (unsent() > 0) {
    error_code error;
    auto count = socket_.send(boost::asio::buffer(outbox_) + sent_, 0, error);
    if (error == boost::asio::error::would_block || error == boost::asio::error::try_again) {
      await_writable();
      return false;
    }
    if (error) {
      close();
      return false;
    }
    loop_.counts().bytes_out += count;
    sent_ += count;
  }
  outbox_.clear();
  sent_ = blocked_bytes_ = 0;
  if (outbox_.capacity() > kept_bytes)
    std::string{}.swap(outbox_);
  return true;
}

void connection::await_writable() {
  writing_ = true;
  // A client that reads a byte now and then does not extend its deadline.
  blocked_bytes_ += sent_;
  if (blocked_bytes_ == sent_ || blocked_bytes_ >= progress_bytes) {
    blocked_ = clock::now();
    blocked_bytes_ = 1;
  }
  outbox_.erase(0, std::exchange(sent_, 0));
  socket_.async_wait(tcp::socket::wait_write, [self = shared_from_this()](const error_code& error) {
    self->writing_ = false;
    if (!error)
      self->flush();
  });
}

// Ends

void connection::linger() {
  error_code ignored;
  socket_.shutdown(tcp::socket::shutdown_send, ignored);
  if (end_of_stream_)
    return close();
  phase_ = phase::lingering;
  lingers_until_ = clock::now() + linger_time;
  in_.clear();
  read();
}

void connection::drain() {
  if (phase_ != phase::open || !has_slots())
    return;
  slots_.back().close = true;
  phase_ = phase::closing;
}

bool connection::busy() const noexcept {
  return phase_ != phase::closed && phase_ != phase::lingering
         && (has_slots() || unsent() > 0 || array_);
}

std::optional<steady_time> connection::idle_since(steady_time now) const noexcept {
  if (phase_ != phase::open || writing_ || busy())
    return std::nullopt;
  if (!receiving_)
    return active_;
  if (now - began_ < slow_request)
    return std::nullopt;
  return began_;
}

void connection::finish() {
  if (phase_ == phase::open)
    close();
}

void connection::close() {
  if (phase_ == phase::closed)
    return;
  phase_ = phase::closed;
  error_code ignored;
  socket_.close(ignored);
  loop_.remove(ref_);
}

void connection::sweep(steady_time now) {
  const auto& options = loop_.options();
  if (phase_ == phase::lingering) {
    if (now >= lingers_until_)
      close();
    return;
  }
  if (writing_ && now - blocked_ >= options.write_deadline)
    return close();
  while (has_slots()) {
    auto late = std::find_if(slots_.begin() + static_cast<ptrdiff_t>(head_), slots_.end(),
                             [now](const slot& x) { return !x.done && x.deadline <= now; });
    if (late == slots_.end())
      break;
    auto index = static_cast<size_t>(late - slots_.begin());
    refuse(first_ + (index - head_),
           {.why = {ec::timeout,
                    late->publishes ? "there was no answer in time; publishing again is safe"
                                    : "there was no answer in time",
                    {}}});
  }
  if (phase_ != phase::open)
    return;
  now_ = now;
  if (receiving_ && !paused_ && !yielding_ && now - began_ >= options.receive_deadline) {
    ++loop_.counts().requests;
    auto request = push_slot(1);
    slots_.back().close = true;
    phase_ = phase::closing;
    refuse(request, {.why = {ec::timeout, "the request did not arrive in time", {}},
                     .status = request_timeout,
                     .close = true});
  } else if (!receiving_ && !busy() && now - active_ >= options.idle) {
    close();
  }
}

} // namespace carillon::data
