#include "net/data/sessions/session_mailbox.hpp"

#include "messages/sessions/texts.hpp"
#include "net/data/sessions/frames.hpp"
#include "net/http/admission.hpp"
#include "net/http/answers.hpp"

#include <algorithm>
#include <iterator>
#include <string_view>
#include <utility>

namespace carillon::sessions {

namespace {

/// Text messages that may wait for the session.
constexpr size_t most_untaken = 16;
/// Unsent bytes beyond which nothing more is read, for a client that does not read its pongs.
constexpr size_t unread_bytes = 64UL * 1024;

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

session_mailbox::session_mailbox(session_wire wire, size_t budget, std::function<void()> wake)
  : wire_(wire), budget_(budget), wake_(std::move(wake)) {
}

/// Takes the lock over.
void session_mailbox::wake(std::unique_lock<std::mutex> lock) {
  if (std::exchange(woken_, true))
    return;
  lock.unlock();
  wake_();
}

/// Under the lock.
void session_mailbox::put(std::string bytes) {
  auto text = std::make_shared<const std::string>(std::move(bytes));
  unsent_ += text->size();
  std::string_view view{*text};
  left_.items.push_back({std::move(text), view, 0});
}

/// Under the lock: from here on the answer is a stream and cannot become a rejection.
void session_mailbox::begin_stream() {
  if (auto x = std::exchange(unopened_, std::nullopt))
    put(std::move(x->head));
}

// -- any thread -----------------------------------------------------------------

void session_mailbox::bind(std::shared_ptr<session_peer> peer) {
  std::unique_lock lock{mutex_};
  if (closed_) {
    lock.unlock();
    peer->on_closed();
    return;
  }
  peer_ = std::move(peer);
  wake(std::move(lock));
}

bool session_mailbox::send(std::vector<outbox::item> items, size_t bytes, size_t frames) {
  std::unique_lock lock{mutex_};
  if (closed_ || left_.ending)
    return true;
  if (unsent_ > 0 && unsent_ + bytes > budget_) {
    wants_writable_ = true;
    return false;
  }
  begin_stream();
  unsent_ += bytes;
  left_.frames += frames;
  left_.items.insert(left_.items.end(), std::make_move_iterator(items.begin()),
                     std::make_move_iterator(items.end()));
  wake(std::move(lock));
  return true;
}

void session_mailbox::leave(std::string bytes, size_t frames) {
  std::unique_lock lock{mutex_};
  if (closed_)
    return;
  begin_stream();
  left_.frames += frames;
  put(std::move(bytes));
  wake(std::move(lock));
}

void session_mailbox::took() {
  std::unique_lock lock{mutex_};
  if (untaken_-- == most_untaken)
    wake(std::move(lock));
}

void session_mailbox::refuse(const failure& why, session_close code, position resume) {
  std::unique_lock lock{mutex_};
  if (closed_ || left_.ending)
    return;
  if (auto x = std::exchange(unopened_, std::nullopt)) {
    std::string answer;
    auto date = data::date_line();
    data::append_problem(answer, data::refusal{.why = why, .fields = x->refusal_fields},
                         {.close = true, .date = date});
    put(std::move(answer));
    left_.ending = end{code, resume, true};
  } else {
    ++left_.frames;
    put(frame_of(wire_, "error", error_json(why)));
    left_.ending = end{code, resume, false};
  }
  wake(std::move(lock));
}

void session_mailbox::close(session_close why, position resume) {
  std::unique_lock lock{mutex_};
  if (closed_ || left_.ending)
    return;
  if (unopened_) {
    lock.unlock();
    return refuse(failure_of(why), why, resume);
  }
  left_.ending = end{why, resume, false};
  wake(std::move(lock));
}

// -- on the loop ------------------------------------------------------------------

void session_mailbox::open(stream_opening x) {
  std::lock_guard lock{mutex_};
  unopened_ = std::move(x);
}

session_mailbox::contents session_mailbox::take() {
  std::lock_guard lock{mutex_};
  woken_ = false;
  return {std::exchange(left_.items, {}), std::exchange(left_.frames, 0), left_.ending};
}

std::shared_ptr<session_peer> session_mailbox::count_text() {
  std::lock_guard lock{mutex_};
  ++untaken_;
  return peer_;
}

std::shared_ptr<session_peer> session_mailbox::sent(size_t bytes, bool drained) {
  std::lock_guard lock{mutex_};
  // Bytes dropped at the end were counted, too.
  unsent_ -= std::min(unsent_, bytes);
  if (drained && left_.items.empty())
    unsent_ = 0;
  if (!wants_writable_ || unsent_ > budget_ / 2)
    return nullptr;
  wants_writable_ = false;
  return peer_;
}

bool session_mailbox::may_read(bool ending, bool writing) const {
  std::lock_guard lock{mutex_};
  if (!peer_ && !ending)
    return false;
  return untaken_ < most_untaken && (!writing || unsent_ < unread_bytes);
}

bool session_mailbox::is_bound() const {
  std::lock_guard lock{mutex_};
  return peer_ != nullptr;
}

std::shared_ptr<session_peer> session_mailbox::shut() {
  std::lock_guard lock{mutex_};
  closed_ = true;
  left_.items.clear();
  return std::exchange(peer_, nullptr);
}

} // namespace carillon::sessions
