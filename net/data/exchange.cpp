#include "net/data/exchange.hpp"

#include <chrono>
#include <exception>

namespace carillon::data {

namespace {

/// How long the loop parses an array, for all connections together that need more than one turn.
/// One more event may be in progress then, see `max_schema_steps`.
constexpr std::chrono::milliseconds array_turn_time{4};
/// Larger arrays are parsed by the worker: an array of 512 usual events is smaller.
constexpr size_t inline_bytes = 128UL * 1024;
/// The router answers a call at its deadline, and can report that the store hangs. The port answers
/// by itself only if that answer is missing too.
constexpr std::chrono::seconds router_grace{1};
/// Unsent answers beyond which no further request is read.
constexpr size_t most_unsent_bytes = 256UL * 1024;
constexpr int request_timeout = 408;

} // namespace

exchange::exchange(event_loop& loop, connection_ref ref, exchange_owner& of, send_buffer& out)
  : loop_(loop), ref_(ref), owner_(of), out_(out), reader_(loop.entrance(), loop.budget()) {
}

// -- requests -----------------------------------------------------------------

exchange::step exchange::read(std::string_view in, size_t& used, steady_time now) {
  now_ = now;
  auto got = reader_.read(in, used, now);
  if (got == request_reader::step::need_more) {
    permit_body();
    return step::need_more;
  }
  ++loop_.counts().requests;
  if (got == request_reader::step::complete)
    attempt([this] { serve(); });
  else
    take_refusal();
  if (begins_session_)
    return step::session;
  return is_unfinished() ? step::unfinished : finish_request();
}

expected<bool> exchange::parse(steady_time until) noexcept {
  try {
    return array_->parse(parsing(), until);
  } catch (const std::exception&) {
    // Out of memory, or a defect: only this request fails.
    return failure{ec::internal, {}, {}};
  }
}

void exchange::finish(const expected<bool>& done, steady_time now) {
  now_ = now;
  attempt([&] { end_array(done); });
  finish_request();
}

exchange::step exchange::finish_request() {
  reader_.finish();
  return step::taken;
}

void exchange::abandon() {
  array_.reset();
}

void exchange::permit_body() {
  if (!reader_.awaits_continue() || !answers_.empty())
    return;
  reader_.continued();
  out_.text() += "HTTP/1.1 100 Continue\r\n\r\n";
  owner_.touch();
}

bool exchange::has_room() const noexcept {
  const auto& options = loop_.options();
  return answers_.size() < options.pipeline && answers_.items() < options.batch_items
         && out_.unsent().size() < most_unsent_bytes;
}

uint64_t exchange::push_slot(size_t items) {
  auto close = !reader_.keep_alive() || loop_.draining();
  answer_slot next{.deadline = now_ + loop_.options().request_deadline + router_grace,
                   .items = items};
  next.close = close;
  next.keep_alive_10 = !reader_.head().http11;
  next.head_only = reader_.head().method == boost::beast::http::verb::head;
  next.publishes = reader_.admitted().to == route::publish;
  next.fields = reader_.admitted().cors;
  closing_ = closing_ || close;
  return answers_.push(std::move(next));
}

void exchange::close_last() {
  answers_.close_last();
  closing_ = true;
}

void exchange::drain() {
  if (!closing_ && !answers_.empty())
    close_last();
}

// -- serving ------------------------------------------------------------------

void exchange::attempt(const std::function<void()>& work) {
  auto request = answers_.next();
  try {
    work();
  } catch (const std::exception&) {
    // Out of memory, or a defect: only this request fails, and nothing of it was published.
    array_.reset();
    if (request == answers_.next())
      push_slot(1);
    refuse(request, {.why = {ec::internal, "the request could not be handled", {}}});
  }
}

void exchange::serve() {
  if (reader_.admitted().to == route::publish)
    return take_events();
  if (reader_.admitted().session)
    return check_session();
  if (reader_.admitted().call)
    return hand_on();
  answer(push_slot(1), [this](std::string& out, const answer_style& style) {
    append_whole(out, *reader_.admitted().answer, style);
  });
}

/// The call may outlive the loop, and its answer the connection.
void exchange::hand_on() {
  auto deadline = now_ + loop_.options().request_deadline;
  auto request = push_slot(1);
  auto reply = [loop = loop_.weak_from_this(), ref = ref_, request](whole_answer x) {
    if (auto self = loop.lock())
      self->answer_later(ref, request, std::move(x));
    else if (x.unsent)
      x.unsent();
  };
  auto call = std::move(reader_.admitted_call());
  calls_.add(request, call);
  call->serve(reader_.body(), owner_.remote_address(), deadline, std::move(reply));
}

void exchange::answer_call(uint64_t request, whole_answer x) {
  switch (calls_.take(request, x)) {
  case served_calls::verdict::send:
    return answer(
      request, [&](std::string& out, const answer_style& style) { append_whole(out, x, style); });
  case served_calls::verdict::refuse:
    return refuse(
      request,
      {.why = {ec::timeout, "the client had closed its side before there was an answer", {}}});
  case served_calls::verdict::drop:
    return;
  }
}

/// The session begins by `take_session`, once the request is consumed.
void exchange::check_session() {
  auto refuse_it = [this](ec code, const char* detail) {
    ++loop_.counts().sessions_refused;
    refuse(push_slot(1), {.why = {code, detail, {}}});
  };
  // Its answer is the last one here; earlier answers must be sent first.
  if (!answers_.empty() || owner_.is_writing())
    return refuse_it(ec::invalid_argument, "a session does not begin behind other requests");
  if (loop_.draining())
    return refuse_it(ec::shutting_down, "the node is shutting down");
  if (!loop_.sessions().may_open())
    return refuse_it(ec::overloaded, "too many sessions are open");
  begins_session_ = true;
}

session_start exchange::take_session() {
  auto& start = *reader_.admitted_session();
  if (start.refused && reader_.admitted().denied)
    loop_.tell_denied(*reader_.admitted().denied, *start.refused, owner_.remote_address());
  return std::move(start);
}

parse_context exchange::parsing() const {
  return {.types = loop_.backend().types,
          .accept_unknown_types = loop_.options().accept_unknown_types,
          .now = wall_clock_now(),
          .company_id = reader_.admitted().who.company_id,
          .traceparent = reader_.head().traceparent};
}

void exchange::take_events() {
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

/// Parses a small array at once; `array_` remains of one that takes longer.
void exchange::take_array() {
  if (reader_.body().size() > inline_bytes)
    return;
  auto until = std::chrono::steady_clock::now() + loop_.turns().of(array_turn_time);
  auto done = array_->parse(parsing(), until);
  if (!done || *done)
    end_array(done);
}

void exchange::end_array(const expected<bool>& done) {
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

// -- rejections ---------------------------------------------------------------

void exchange::refuse(uint64_t request, const refusal& why) {
  ++loop_.counts().refused;
  answer(request,
         [&](std::string& out, const answer_style& style) { append_problem(out, why, style); });
}

void exchange::take_refusal() {
  if (auto to = reader_.admitted().to; to == route::socket || to == route::stream)
    ++loop_.counts().sessions_refused;
  if (const auto& denied = reader_.admitted().denied)
    loop_.tell_denied(*denied, reader_.refused().why, owner_.remote_address());
  auto request = push_slot(1);
  if (reader_.refused().close)
    close_last();
  refuse(request, reader_.refused());
}

void exchange::refuse_late(steady_time now) {
  while (auto late = answers_.late(now))
    refuse(*late, {.why = {ec::timeout,
                           answers_.unanswered(*late)->publishes
                             ? "there was no answer in time; publishing again is safe"
                             : "there was no answer in time",
                           {}}});
}

void exchange::refuse_incomplete(steady_time now) {
  now_ = now;
  ++loop_.counts().requests;
  auto request = push_slot(1);
  close_last();
  refuse(request, {.why = {ec::timeout, "the request did not arrive in time", {}},
                   .status = request_timeout,
                   .close = true});
}

} // namespace carillon::data
