#pragma once

#include "messages/events/event.hpp"
#include "messages/events/filter.hpp"
#include "messages/events/log_requests.hpp"

#include <cstddef>
#include <deque>
#include <utility>

namespace carillon {

/// Receives the events of an intake.
class intake_sink {
public:
  /// How many more events may be offered now.
  virtual size_t room() const = 0;

  /// An event that matches.
  virtual void offer(const event_ptr& x) = 0;

  /// Everything up to here was offered or does not match.
  virtual void pass(position up_to) = 0;

protected:
  ~intake_sink() = default;
};

/// How events come in: live batches while they are contiguous, pages of the log otherwise. Only
/// positions decide: an event is accepted if it is the next one, so no event is missed or accepted
/// twice. Plain logic without I/O: the consumer sends the requests and the acknowledgements.
class intake {
public:
  intake() = default;

  /// @param fed_by_filter see `consumer_settings`
  explicit intake(event_filter filter, bool fed_by_filter = false);

  /// The cursor is known: the event after it is the next.
  void start_after(position cursor) noexcept;

  /// The log reaches up to here.
  void see_head(position x) noexcept;

  /// Keeps a live batch; the router's credit bounds their number.
  void push(event_batch_ptr x);

  /// Moves events of live batches to `out`, as far as they follow and `out` has room. Does nothing
  /// while a page is read.
  /// @returns the number of batches that are used up, each of which is acknowledged
  size_t take_pending(intake_sink& out);

  /// True if the log has events that no pending batch can supply, and no page is being read. Holds
  /// after `take_pending`, if `out` has room.
  bool wants_page() const noexcept {
    return !reading_ && next_ <= head_;
  }

  /// Begins a page of at most `limit` events; it ends by `take_page` or `drop_page`.
  read_request begin_page(size_t limit);

  /// Moves the events of the page to `out`.
  /// @returns as `take_pending`
  size_t take_page(const event_page& page, intake_sink& out);

  /// The page failed, or is not wanted any more.
  void drop_page() noexcept {
    reading_ = false;
  }

  /// Events that only the payload filter excluded, since the last call; none if the feed counts
  /// them.
  size_t take_excluded() noexcept {
    return std::exchange(excluded_, 0);
  }

  /// The last known position of the log.
  position head() const noexcept {
    return head_;
  }

  /// True while events come from the log, false while they come live.
  bool catching_up() const noexcept {
    return reading_ || (pending_.empty() && next_ <= head_);
  }

  /// The first event of the pending batches; null if there is none.
  const event* first_pending() const noexcept;

private:
  bool take(const event_batch& batch, intake_sink& out);
  void hand_on(const event_ptr& x, bool selected, intake_sink& out);

  event_filter filter_;
  bool fed_by_filter_ = false;
  /// The next position to accept.
  position next_ = 1;
  position head_ = 0;
  std::deque<event_batch_ptr> pending_;
  bool reading_ = false;
  size_t excluded_ = 0;
};

} // namespace carillon
