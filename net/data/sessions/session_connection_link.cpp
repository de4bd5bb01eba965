#include "messages/sessions/texts.hpp"
#include "net/data/sessions/frames.hpp"
#include "net/data/sessions/session_connection.hpp"
#include "net/http/admission.hpp"
#include "net/http/answers.hpp"

#include <utility>

// The part of a client that other threads call; it leaves work for the client's loop.

namespace carillon::sessions {

namespace {

/// The failure for a stream that ends before it began.
failure failure_of(session_close why) {
  switch (why) {
  case session_close::shutting_down:
    return {ec::shutting_down, "the node is shutting down", {}};
  case session_close::overloaded:
    return {ec::overloaded, "too many sessions are open", {}};
  case session_close::unauthenticated:
    return {ec::unauthenticated, "the token is not valid any more", {}};
  case session_close::forbidden:
    return {ec::forbidden, "an operator ended the session", {}};
  default:
    return {ec::internal, "the session could not begin", {}};
  }
}

} // namespace

void session_connection::wake(std::unique_lock<std::mutex> lock) {
  if (std::exchange(mail_.woken, true))
    return;
  lock.unlock();
  if (auto loop = home_.lock())
    loop->wake(shared_from_this());
}

void session_connection::bind(std::shared_ptr<session_peer> peer) {
  std::unique_lock lock{mutex_};
  if (mail_.closed) {
    lock.unlock();
    peer->on_closed();
    return;
  }
  mail_.peer = std::move(peer);
  wake(std::move(lock));
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
  std::unique_lock lock{mutex_};
  if (mail_.closed || mail_.ending)
    return true;
  if (mail_.unsent > 0 && mail_.unsent + bytes > budget_) {
    mail_.wants_writable = true;
    return false;
  }
  begin_stream();
  mail_.unsent += bytes;
  mail_.frames += last - first;
  mail_.items.insert(mail_.items.end(), std::make_move_iterator(items.begin()),
                     std::make_move_iterator(items.end()));
  wake(std::move(lock));
  return true;
}

void session_connection::say(std::string_view kind, std::string_view json) {
  leave(frame_of(wire_, kind, json), 1);
}

void session_connection::report(position x) {
  leave(position_frame(wire_, x), 1);
}

void session_connection::leave(std::string what, size_t frames) {
  std::unique_lock lock{mutex_};
  if (mail_.closed)
    return;
  begin_stream();
  mail_.frames += frames;
  put(std::move(what));
  wake(std::move(lock));
}

/// Under the lock.
void session_connection::put(std::string what) {
  auto text = std::make_shared<const std::string>(std::move(what));
  mail_.unsent += text->size();
  std::string_view bytes{*text};
  mail_.items.push_back({std::move(text), bytes, 0});
}

/// Under the lock: from here on the answer is a stream and cannot become a rejection.
void session_connection::begin_stream() {
  if (auto x = std::exchange(mail_.unopened, std::nullopt))
    put(std::move(x->head));
}

void session_connection::took() {
  std::unique_lock lock{mutex_};
  if (mail_.untaken-- == most_untaken)
    wake(std::move(lock));
}

void session_connection::refuse(const failure& why, session_close code, position resume) {
  std::unique_lock lock{mutex_};
  if (mail_.closed || mail_.ending)
    return;
  if (auto x = std::exchange(mail_.unopened, std::nullopt)) {
    std::string answer;
    auto date = data::date_line();
    data::append_problem(answer, data::refusal{.why = why, .fields = x->refusal_fields},
                         {.close = true, .date = date});
    put(std::move(answer));
    mail_.ending = end{code, resume, true};
  } else {
    ++mail_.frames;
    put(frame_of(wire_, "error", error_json(why)));
    mail_.ending = end{code, resume, false};
  }
  wake(std::move(lock));
}

void session_connection::close() {
  close(session_close::shutting_down, 0);
}

void session_connection::close(session_close why, position resume) {
  std::unique_lock lock{mutex_};
  if (mail_.closed || mail_.ending)
    return;
  if (mail_.unopened) {
    lock.unlock();
    return refuse(failure_of(why), why, resume);
  }
  mail_.ending = end{why, resume, false};
  wake(std::move(lock));
}

} // namespace carillon::sessions
