#pragma once

#include "actors/consumers/delivery_key.hpp"
#include "actors/consumers/retries/retry_rows.hpp"
#include "actors/consumers/window_slots.hpp"
#include "messages/consumers/consumer.hpp"
#include "messages/consumers/rows.hpp"

#include <optional>
#include <string>
#include <utility>
#include <vector>

namespace carillon {

/// Deliveries of a consumer in progress, as plain logic without time, threads or I/O: which events
/// wait, run or failed, in which order they may start, and what a commit contains. Events enter in
/// ascending order (`offer`, `pass`); everything at or below `cursor()` is done or has a row.
///
/// Order `none`: every event starts at once, a failed one becomes a retry row. `per_key`: one event
/// of a key, or as many as the policy says, run at a time; while a key has a row, later events of
/// it are parked as rows behind it. `total`: one event runs at a time; a failed one holds all
/// others and the cursor.
class delivery_window {
public:
  /// @param cursor,rows as stored
  /// @param as_of time of reading them; the clock set no time in a row after it
  delivery_window(consumer_policy policy, position cursor, std::vector<retry_row> rows,
                  timestamp as_of = {});

  // -- feeding ----------------------------------------------------------------

  /// How many more events may be offered now.
  size_t room() const noexcept;

  /// Accepts an event that matches; `x->seq` is beyond everything offered or passed.
  void offer(event_ptr x);

  /// Everything up to here was offered or does not match.
  void pass(position up_to);

  // -- starting ---------------------------------------------------------------

  /// Events whose first attempt starts now, at most `max`; each must come back by `succeeded` or
  /// `failed`. Parks events that are held behind a row. From `before` on, events wait.
  std::vector<event_ptr> start_new(size_t max, timestamp now, position before = beyond_all);

  /// Rows that are due, at most `max`. The caller dead-letters a row with `attempts >=
  /// max_attempts` and delivers any other; each must come back by `succeeded`, `failed`, `postpone`
  /// or `give_up`.
  std::vector<retry_row> start_due(size_t max, timestamp now, position before = beyond_all);

  /// Counts the first attempt of a replayed event, which has no place in the window; it must come
  /// back by `succeeded` or `failed`.
  void start_replayed() noexcept {
    ++running_;
  }

  /// The clock was set back to `now`. Rows whose times were set by the clock when it was ahead wait
  /// for their pause from now on, not until the clock gets there again.
  void set_back_to(timestamp now) {
    rows_.set_back_to(now);
  }

  // -- outcomes ---------------------------------------------------------------

  void succeeded(delivery_key x);

  /// The attempt failed; its row is made or rescheduled.
  /// @param not_before of the next attempt, if that is later than by the schedule
  /// @param status see `delivery_outcome`
  /// @param last no further attempt follows, see `delivery_outcome::dead`
  void failed(delivery_key x, std::string error, timestamp now,
              std::optional<timestamp> not_before = std::nullopt, int status = 0,
              bool last = false);

  /// The row to store if the effects of the attempt are refused, which is about to succeed.
  retry_row row_if_refused(delivery_key x, timestamp now);

  /// A row's attempt did not begin after all, or could not be dead-lettered yet.
  void postpone(delivery_key x, timestamp due);

  /// The row becomes a dead letter; `letter` without id.
  void give_up(delivery_key x, dead_letter letter);

  /// Adds a stored row from outside: the store refused the effects of an event, an operator retries
  /// a dead letter, or makes a known row due earlier, with its attempts counted anew; a running
  /// attempt continues.
  void add_row(retry_row x) {
    rows_.add(std::move(x));
  }

  // -- properties -------------------------------------------------------------

  /// Everything up to here is done or has a row.
  position cursor() const noexcept;

  /// Attempts that are running.
  size_t running() const noexcept {
    return running_;
  }

  const retry_rows& rows() const noexcept {
    return rows_;
  }

  /// Events that were offered and are not done.
  size_t waiting() const noexcept {
    return slots_.size();
  }

  /// Out-of-order completions: events that are done but not yet in the store, because an earlier
  /// event holds the cursor and they have no row. A crash repeats them. Scans all waiting events.
  size_t done_ahead() const;

  /// The first event that holds the cursor; null if none does.
  const event* front() const noexcept {
    return slots_.empty() ? nullptr : slots_.front().event.get();
  }

  // -- committing -------------------------------------------------------------

  /// True if a commit would contain changes.
  bool changed() const noexcept;

  /// Fills cursor, rows and dead letters with all changes since the last call; `out.now` is set.
  /// Where the policy limits `in_flight` and out-of-order completions exceed half of it, the
  /// running events before them get rows, so that the cursor passes.
  void take_changes(consumer_commit& out);

private:
  void start(window_slot& x, std::vector<event_ptr>& out);
  bool much_done_ahead() const;
  void let_cursor_pass(timestamp now);
  void park(window_slot& x, timestamp now, bool running);
  /// Lets stored rows start before which no event of their key is left.
  void release_rows();

  consumer_policy policy_;
  /// Everything up to here was offered or passed.
  position passed_ = 0;
  position committed_ = 0;
  window_slots slots_;
  size_t running_ = 0;
  retry_rows rows_;
};

} // namespace carillon
