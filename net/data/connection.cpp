#include "net/data/connection.hpp"

#include <boost/asio/buffer.hpp>
#include <boost/asio/post.hpp>

#include <algorithm>
#include <utility>

// Reading: from the socket into the reader, as many requests in a turn as its time allows.

namespace carillon::data {

namespace {

/// First size of the receive buffer, and that while a large body arrives.
constexpr size_t small_read = 4UL * 1024;
constexpr size_t medium_read = 16UL * 1024;
constexpr size_t large_read = 64UL * 1024;
/// Unsent answers beyond which no further request is read.
constexpr size_t outbox_bytes = 256UL * 1024;

} // namespace

connection::connection(event_loop& loop, connection_ref ref, tcp::socket socket,
                       address_counts::seat seat)
  : loop_(loop), ref_(ref), socket_(std::move(socket)), seat_(std::move(seat)),
    reader_(loop.entrance(), loop.budget()), read_bytes_(small_read), active_(clock::now()) {
}

void connection::start() {
  error_code ignored;
  socket_.set_option(tcp::no_delay{true}, ignored);
  socket_.non_blocking(true, ignored);
  read();
}

void connection::read() {
  if (reading_ || end_of_stream_ || phase_ == phase::closing || phase_ == phase::closed)
    return;
  reading_ = true;
  auto wanted = reader_.expected_bytes() > read_bytes_ ? large_read : read_bytes_;
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
  if (phase_ != phase::open) {
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
  receiving_ = false;
  if (phase_ == phase::lingering || !busy())
    close();
}

/// Continues in another turn of the loop, so that other connections get theirs.
void connection::yield() {
  yielding_ = true;
  loop_.turns().enter();
  boost::asio::post(socket_.get_executor(), [self = shared_from_this()] {
    self->yielding_ = false;
    self->loop_.turns().leave();
    if (self->array_)
      self->resume_array();
    else
      self->process();
  });
}

bool connection::has_room() const noexcept {
  return slots_.size() - head_ < loop_.options().pipeline && items_ < loop_.options().batch_items
         && unsent() < outbox_bytes;
}

/// Processes the requests in the buffer, then reads on.
void connection::process() {
  // Its next turn is already scheduled.
  if (yielding_)
    return;
  paused_ = false;
  now_ = clock::now();
  while (phase_ == phase::open && in_.size() > 0) {
    if (clock::now() - now_ >= loop_.turns().of(turn_time))
      return yield();
    if (!has_room()) {
      paused_ = true;
      return;
    }
    auto data = in_.data();
    size_t used = 0;
    auto step = reader_.feed({static_cast<const char*>(data.data()), data.size()}, used);
    if (!receiving_ && reader_.began()) {
      receiving_ = true;
      began_ = now_;
    }
    if (step == request_reader::step::need_more) {
      in_.consume(used);
      permit_body();
      break;
    }
    ++loop_.counts().requests;
    if (step == request_reader::step::complete)
      take_request();
    else
      take_refusal();
    in_.consume(used);
    if (phase_ == phase::leaving)
      return become_session();
    if (array_)
      return yield();
    finish_request();
  }
  if (in_.size() == 0 && in_.capacity() > kept_bytes && reader_.expected_bytes() == 0)
    in_.shrink_to_fit();
  read();
}

void connection::finish_request() {
  array_.reset();
  reader_.next();
  receiving_ = false;
}

/// Sends `100 Continue`, unless answers to earlier requests must come first.
void connection::permit_body() {
  if (!reader_.awaits_continue() || has_slots())
    return;
  reader_.continued();
  outbox_ += "HTTP/1.1 100 Continue\r\n\r\n";
  touch();
}

} // namespace carillon::data
