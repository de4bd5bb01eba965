#include "net/data/connection.hpp"

#include "messages/sessions/texts.hpp"
#include "net/data/sessions/session_connection.hpp"

#include <boost/asio/buffer.hpp>
#include <boost/asio/post.hpp>

#include <algorithm>
#include <exception>
#include <utility>

namespace carillon::data {

namespace {

/// The router answers a call at its deadline, and can report that the store hangs. The port answers
/// by itself only if that answer is missing too.
constexpr std::chrono::seconds router_grace{1};

using namespace std::chrono_literals;
using boost::system::error_code;
using clock = std::chrono::steady_clock;

/// First size of the receive buffer, and that while a large body arrives.
constexpr size_t small_read = 4UL * 1024;
constexpr size_t medium_read = 16UL * 1024;
constexpr size_t large_read = 64UL * 1024;
/// Memory that an idle connection keeps for each direction.
constexpr size_t kept_bytes = 32UL * 1024;
/// Unsent answers beyond which no further request is read.
constexpr size_t outbox_bytes = 256UL * 1024;
/// Bytes that a slow client must read to restart its write deadline.
constexpr size_t progress_bytes = 16UL * 1024;
/// Answered slots that may stay in front before they are cut off.
constexpr size_t spent_slots = 64;
/// How long a client may take to close its side after the last answer.
constexpr auto linger_time = 2s;
constexpr int request_timeout = 408;
/// From then on a request that is not complete counts as idle where there is no room.
constexpr auto slow_request = 2s;
/// How long turns may process received data, for all connections together that need more than one
/// turn; then other connections get theirs. One more event may be in progress then, see
/// `max_schema_steps`.
constexpr auto turn_time = 4ms;

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

// Reading

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
  loop_.count_in(count);
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
  loop_.enter_turn();
  boost::asio::post(socket_.get_executor(), [self = shared_from_this()] {
    self->yielding_ = false;
    self->loop_.leave_turn();
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
    if (clock::now() - now_ >= loop_.share_of(turn_time))
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
    loop_.count_request();
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

// Requests

uint64_t connection::push_slot(size_t items) {
  auto close = !reader_.keep_alive() || loop_.draining();
  slot next{.deadline = now_ + loop_.options().request_deadline + router_grace, .items = items};
  next.close = close;
  next.keep_alive_10 = !reader_.head().http11;
  next.head_only = reader_.head().method == boost::beast::http::verb::head;
  next.publishes = reader_.admitted().to == route::publish;
  next.fields = reader_.admitted().cors;
  if (close)
    phase_ = phase::closing;
  items_ += items;
  slots_.push_back(std::move(next));
  return first_ + (slots_.size() - head_ - 1);
}

connection::slot* connection::open_slot(uint64_t request) noexcept {
  if (request < first_ || phase_ == phase::closed)
    return nullptr;
  auto& x = slots_[head_ + static_cast<size_t>(request - first_)];
  return x.done ? nullptr : &x;
}

/// Moves finished answers to the outbox, up to the first unfinished one.
void connection::retire() {
  auto next = true;
  while (has_slots() && slots_[head_].done) {
    auto& x = slots_[head_];
    if (!next)
      outbox_ += x.text;
    next = false;
    items_ -= x.items;
    close_when_sent_ = close_when_sent_ || x.close;
    x.text = {};
    ++head_;
    ++first_;
  }
  if (!has_slots()) {
    slots_.clear();
    head_ = 0;
  } else if (head_ >= spent_slots) {
    slots_.erase(slots_.begin(), slots_.begin() + static_cast<ptrdiff_t>(head_));
    head_ = 0;
  }
  touch();
}

void connection::refuse(uint64_t request, const refusal& why) {
  loop_.count_refused();
  answer(request,
         [&](std::string& out, const answer_style& style) { append_problem(out, why, style); });
}

void connection::take_request() {
  attempt([this] { serve(); });
}

void connection::attempt(const std::function<void()>& work) {
  auto request = first_ + (slots_.size() - head_);
  try {
    work();
  } catch (const std::exception&) {
    // Out of memory, or a defect: only this request fails, and nothing of it was published.
    array_.reset();
    if (request == first_ + (slots_.size() - head_))
      push_slot(1);
    refuse(request, {.why = {ec::internal, "the request could not be handled", {}}});
  }
}

void connection::serve() {
  if (reader_.admitted().to == route::publish)
    return take_events();
  if (reader_.admitted().session)
    return begin_session();
  if (reader_.admitted().call)
    return hand_on();
  answer(push_slot(1), [this](std::string& out, const answer_style& style) {
    append_whole(out, *reader_.admitted().answer, style);
  });
}

/// The call may outlive the loop, and its answer the connection.
void connection::hand_on() {
  auto deadline = now_ + loop_.options().request_deadline;
  auto request = push_slot(1);
  auto reply = [loop = loop_.weak_from_this(), ref = ref_, request](whole_answer x) {
    if (auto self = loop.lock())
      self->answer_later(ref, request, std::move(x));
  };
  auto call = std::move(reader_.admitted_call());
  call->serve(reader_.body(), remote_address(), deadline, std::move(reply));
}

/// Empty if the client has gone.
std::string connection::remote_address() const {
  error_code error;
  auto at = socket_.remote_endpoint(error);
  return error ? std::string{} : text_of(at.address());
}

/// `become_session` transfers the connection itself, once the request is consumed.
void connection::begin_session() {
  auto refuse_it = [this](ec code, const char* detail) {
    loop_.count_session_refused();
    refuse(push_slot(1), {.why = {code, detail, {}}});
  };
  // Its answer is the last one here; earlier answers must be sent first.
  if (has_slots() || writing_)
    return refuse_it(ec::invalid_argument, "a session does not begin behind other requests");
  if (loop_.draining())
    return refuse_it(ec::shutting_down, "the node is shutting down");
  if (!loop_.may_open_session())
    return refuse_it(ec::overloaded, "too many sessions are open");
  phase_ = phase::leaving;
}

void connection::become_session() {
  auto& start = *reader_.admitted_session();
  if (start.refused && reader_.admitted().denied)
    loop_.tell_denied(*reader_.admitted().denied, *start.refused, remote_address());
  auto wire = start.request.one_way ? session_wire::server_sent : session_wire::websocket;
  auto self = shared_from_this();
  auto link = std::make_shared<sessions::client>(loop_, std::move(socket_), wire);
  loop_.hand_over(ref_);
  loop_.adopt_session(link, std::move(seat_));
  phase_ = phase::closed;
  sessions::client::opening answer{.pending = outbox_.substr(sent_),
                                   .refusal_fields = sessions::origin_fields(start)};
  answer.head = start.request.one_way ? sessions::stream_answer(start, loop_.date())
                                      : sessions::switching_answer(start);
  auto early = in_.data();
  link->start(std::move(answer), {static_cast<const char*>(early.data()), early.size()});
  if (start.refused) {
    link->refuse(*start.refused,
                 start.refused->code == ec::unauthenticated ? session_close::unauthenticated
                                                            : session_close::protocol_error,
                 0);
  } else {
    loop_.backend().open_session(std::move(start.request), std::move(link));
  }
}

parse_context connection::parsing() const {
  return {.types = loop_.backend().types,
          .accept_unknown_types = loop_.options().accept_unknown_types,
          .now = wall_clock_now(),
          .company_id = reader_.admitted().who.company_id};
}

void connection::take_events() {
  const auto& admitted = reader_.admitted();
  if (!is_batch(admitted.form, reader_.body())) {
    auto draft = take_event(admitted, reader_.head(), reader_.body(), parsing());
    auto request = push_slot(1);
    if (!draft)
      return refuse(request, {.why = draft.error()});
    return loop_.publish({ref_, request, admitted.who.company_id}, std::move(*draft));
  }
  array_.emplace(array_of(admitted, reader_.body(), loop_.options().batch_items));
  take_array();
}

/// Parses as much of the array as fits into a turn; `array_` remains while there is more.
void connection::take_array() {
  auto done = array_->parse(parsing(), clock::now() + loop_.share_of(turn_time));
  if (done && !*done)
    return;
  auto items = claimed(reader_.admitted(), array_->take());
  array_.reset();
  if (!done)
    return refuse(push_slot(1), {.why = done.error()});
  auto request = push_slot(items.size());
  if (auto drafts = count_drafts(items); drafts > 0)
    return loop_.publish({ref_, request, reader_.admitted().who.company_id}, std::move(items),
                         drafts);
  answer(request, [&](std::string& out, const answer_style& style) {
    std::string body;
    append_refused_items(body, items);
    append_answer(out, 200, body, style);
  });
}

/// Continues where the previous turn ended.
void connection::resume_array() {
  if (phase_ != phase::open)
    return array_.reset();
  now_ = clock::now();
  attempt([this] { take_array(); });
  if (array_)
    return yield();
  finish_request();
  process();
}

void connection::take_refusal() {
  if (auto to = reader_.admitted().to; to == route::socket || to == route::stream)
    loop_.count_session_refused();
  if (const auto& denied = reader_.admitted().denied)
    loop_.tell_denied(*denied, reader_.refused().why, remote_address());
  auto request = push_slot(1);
  if (reader_.refused().close) {
    slots_.back().close = true;
    phase_ = phase::closing;
  }
  refuse(request, reader_.refused());
}

// Writing

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
    loop_.count_out(count);
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
    loop_.count_request();
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
