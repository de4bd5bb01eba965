#include "net/data/connection.hpp"

#include <algorithm>
#include <exception>
#include <utility>

// Requests: each gets a slot, in whose order the answers leave.

namespace carillon::data {

namespace {

/// The router answers a call at its deadline, and can report that the store hangs. The port answers
/// by itself only if that answer is missing too.
constexpr std::chrono::seconds router_grace{1};
/// Answered slots that may stay in front before they are cut off.
constexpr size_t spent_slots = 64;

} // namespace

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
  ++loop_.counts().refused;
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
    ++loop_.counts().sessions_refused;
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
  auto self = shared_from_this();
  auto early = in_.data();
  phase_ = phase::closed;
  loop_.hand_over(ref_, {.socket = std::move(socket_),
                         .seat = std::move(seat_),
                         .start = std::move(start),
                         .pending = outbox_.substr(sent_),
                         .early = {static_cast<const char*>(early.data()), early.size()}});
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
  auto done = array_->parse(parsing(), clock::now() + loop_.turns().of(turn_time));
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
    ++loop_.counts().sessions_refused;
  if (const auto& denied = reader_.admitted().denied)
    loop_.tell_denied(*denied, reader_.refused().why, remote_address());
  auto request = push_slot(1);
  if (reader_.refused().close) {
    slots_.back().close = true;
    phase_ = phase::closing;
  }
  refuse(request, reader_.refused());
}

} // namespace carillon::data
