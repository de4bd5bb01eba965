#include "net/data/sessions/session_connection.hpp"

#include "net/data/sessions/frames.hpp"

#include <boost/asio/buffer.hpp>
#include <boost/asio/error.hpp>

#include <netinet/in.h>
#include <netinet/tcp.h>
#include <sys/socket.h>

#include <array>
#include <utility>

namespace carillon::sessions {

namespace {

using namespace std::chrono_literals;
using boost::system::error_code;
using clock = std::chrono::steady_clock;

constexpr size_t gathered = 256;
/// How long a handshake with the session hub may take.
constexpr auto bind_deadline = 10s;

} // namespace

session_connection::session_connection(data::event_loop& loop, data::wire socket, session_wire wire,
                                       size_t budget)
  : loop_(loop), home_(loop.weak_from_this()), socket_(std::move(socket)), wire_(wire),
    mail_(wire, budget, [this] { wake(); }), opened_(clock::now()), alive_(opened_),
    pinged_(opened_) {
}

session_connection::~session_connection() = default;

const session_port_options& session_connection::options() const noexcept {
  return loop_.options().sessions;
}

// -- on the loop --------------------------------------------------------------

void session_connection::start(opening answer, std::string_view early) {
  early_ = early;
  // A vanished peer acknowledges nothing, though the kernel still accepts data for it.
  auto gone_after = static_cast<int>(options().gone_after.count());
  ::setsockopt(socket_.native_handle(), IPPROTO_TCP, TCP_USER_TIMEOUT, &gone_after,
               sizeof(gone_after));
  if (wire_ == session_wire::websocket) {
    // The reader is a member, so its callbacks run only while this lives.
    frame_reader::handler handler;
    handler.on_text = [this](std::string text) {
      if (auto peer = mail_.count_text())
        peer->on_text(std::move(text));
    };
    handler.on_answer = [this](std::string bytes) { mail_.leave(std::move(bytes), 0); };
    reader_.emplace(std::move(handler), options().message_bytes);
    return mail_.leave(answer.pending + answer.head, 0);
  }
  if (!answer.pending.empty())
    mail_.leave(std::move(answer.pending), 0);
  mail_.open({std::move(answer.head), std::move(answer.refusal_fields)});
}

void session_connection::flush() {
  auto left = mail_.take();
  if (closed_)
    return;
  loop_.counts().session_frames += left.frames;
  for (auto& x : left.items)
    out_.push(std::move(x));
  if (left.ending && !ending_)
    begin_end(*left.ending);
  if (!writing_ && !write())
    return;
  if (close_when_sent_ && !has_unsent())
    return terminate();
  if (!may_read())
    return;
  if (!early_.empty())
    take(std::exchange(early_, {}));
  if (!closed_)
    await_readable();
}

void session_connection::begin_end(const session_mailbox::end& x) {
  ending_ = true;
  count_end(static_cast<uint16_t>(x.why));
  ends_at_ = clock::now() + (loop_.draining() ? 1s : options().close_deadline);
  auto resume = x.resume;
  // The last reported position is dropped as well, since the client did not reach it.
  if (x.why == session_close::too_slow)
    if (auto reached = out_.drop_unsent(); reached != 0)
      resume = reached;
  if (wire_ == session_wire::server_sent) {
    if (!x.refused)
      out_.push(end_frame(wire_, x.why, resume));
    close_when_sent_ = true;
    return;
  }
  out_.push(end_frame(wire_, x.why, resume));
  reader_->closing();
}

/// Sends as much as the socket accepts; false if the connection is gone.
bool session_connection::write() {
  std::array<iovec, gathered> parts; // NOLINT: filled in before it is read
  while (has_unsent()) {
    error_code error;
    auto count = socket_.send({parts.data(), out_.gather(parts.data(), parts.size())}, error);
    if (error == boost::asio::error::would_block) {
      await_writable();
      return true;
    }
    if (error) {
      terminate();
      return false;
    }
    out_.consume(count);
    count_sent(count);
  }
  return true;
}

void session_connection::count_sent(size_t bytes) {
  loop_.counts().bytes_out += bytes;
  loop_.counts().session_bytes_out += bytes;
  alive_ = clock::now();
  if (auto peer = mail_.sent(bytes, !has_unsent()))
    peer->on_writable();
}

void session_connection::await_writable() {
  writing_ = true;
  socket_.wait_writable([self = shared_from_this()](const error_code& error) {
    self->writing_ = false;
    if (!error)
      self->flush();
  });
}

bool session_connection::may_read() {
  return !reading_ && !closed_ && !close_when_sent_ && mail_.may_read(ending_, writing_);
}

void session_connection::await_readable() {
  reading_ = true;
  socket_.wait_readable([self = shared_from_this()](const error_code& error) {
    self->reading_ = false;
    if (!error && !self->closed_)
      self->on_readable();
  });
}

void session_connection::on_readable() {
  auto& buffer = loop_.sessions().scratch();
  error_code error;
  auto count = socket_.receive(boost::asio::buffer(buffer), error);
  if (error == boost::asio::error::would_block)
    return flush();
  if (error)
    return terminate();
  loop_.counts().bytes_in += count;
  take({buffer.data(), count});
  if (!closed_)
    flush();
}

void session_connection::take(std::string_view bytes) {
  alive_ = clock::now();
  // No input is expected on a stream of events.
  if (!reader_)
    return;
  if (reader_->feed(bytes) == frame_reader::state::open)
    return;
  // Its answer, if any, is in the mailbox.
  close_when_sent_ = true;
  if (!ending_) {
    ending_ = true;
    count_end(reader_->code());
    ends_at_ = clock::now() + options().close_deadline;
  }
}

void session_connection::close() {
  mail_.close(session_close::shutting_down, 0);
}

void session_connection::sweep(data::steady_time now) {
  if (closed_)
    return;
  if ((ending_ && now >= ends_at_) || now - alive_ >= options().gone_after
      || (!ending_ && !mail_.is_bound() && now - opened_ >= bind_deadline))
    return terminate();
  if (ending_ || now - pinged_ < options().heartbeat)
    return;
  pinged_ = now;
  if (wire_ == session_wire::websocket)
    mail_.leave(ping_frame(), 0);
}

void session_connection::terminate() {
  if (std::exchange(closed_, true))
    return;
  count_end(0);
  socket_.end_sending();
  socket_.close();
  if (auto peer = mail_.shut())
    peer->on_closed();
  loop_.sessions().remove(*this);
}

void session_connection::count_end(uint16_t code) {
  if (std::exchange(end_counted_, true))
    return;
  if (mail_.is_bound())
    loop_.sessions().count_closed(code);
  else
    ++loop_.counts().sessions_refused;
}

// -- any thread -----------------------------------------------------------------

void session_connection::wake() {
  if (auto loop = home_.lock())
    loop->wake(shared_from_this());
}

bool session_connection::send(const live_segment_ptr& x, size_t first, size_t last) {
  const auto& events = x->events();
  std::vector<outbox::item> items;
  size_t bytes = 0;
  if (first == 0 && last == events.size()) {
    const auto& all = frames_of(*x, wire_);
    items.push_back({all, *all, events.front()->reaches()});
    bytes = all->size();
  } else {
    items.reserve(last - first);
    for (auto i = first; i < last; ++i) {
      const auto& frame = frame_of(*events[i], wire_);
      items.push_back({frame, *frame, events[i]->reaches()});
      bytes += frame->size();
    }
  }
  return mail_.send(std::move(items), bytes, last - first);
}

void session_connection::say(std::string_view kind, std::string_view json) {
  mail_.leave(frame_of(wire_, kind, json), 1);
}

void session_connection::report(position x, std::string_view bookmark) {
  mail_.leave(position_frame(wire_, x, bookmark), 1);
}

} // namespace carillon::sessions
