#pragma once

#include "actors/consumers/delivery_key.hpp"
#include "messages/consumers/consumer.hpp"
#include "messages/consumers/rows.hpp"

#include <chrono>
#include <map>
#include <optional>
#include <set>
#include <string>
#include <unordered_map>
#include <utility>
#include <vector>

namespace carillon {

/// The retry rows of a consumer, as plain logic without time, threads or I/O: which may start and
/// when, and which of their changes the store does not have yet. A row may start if it does not
/// run, was not given up, and is the first of its order key. Only live rows of the order `per_key`
/// have a key.
///
/// A stored row of an event beyond the cursor has to wait: earlier events of its key may have ended
/// before a crash without a trace in the store, and come again. `delivery_window` says when.
class retry_rows {
public:
  /// @param xs as stored
  /// @param as_of time of reading them; the clock set no time in a row after it
  /// @param cursor as stored with them
  retry_rows(const consumer_policy& policy, std::vector<retry_row> xs, timestamp as_of,
             position cursor);

  // -- starting ---------------------------------------------------------------

  /// Rows that are due, at most `max`; they run from now on. From `before` on, events wait.
  std::vector<retry_row> start_due(size_t max, timestamp now, position before = beyond_all);

  /// The rows of events beyond the stored cursor that still wait for those before them.
  const std::set<position>& ahead() const noexcept {
    return ahead_;
  }

  /// No earlier event of its key comes any more.
  void release(position seq);

  /// When the next row becomes due; empty if none waits.
  std::optional<timestamp> next_due() const;

  /// See `delivery_window::set_back_to`.
  void set_back_to(timestamp now);

  // -- changes ----------------------------------------------------------------

  /// Adds a row of an event that was not attempted.
  /// @param running the event is being delivered: its outcome is the row's
  void park(position seq, std::string key, timestamp now, bool running);

  /// Erases the row, if there is one. The next row of its key may start.
  void succeeded(delivery_key x);

  /// Counts an attempt, and makes the row if there is none.
  /// @param key order key of the event, for a new row
  /// @param not_before,status,last see `delivery_window::failed`
  void failed(delivery_key x, const std::string& key, std::string error, timestamp now,
              std::optional<timestamp> not_before, int status, bool last = false);

  /// The row that `failed` would make or change; nothing changes.
  retry_row row_if_failed(delivery_key x, const std::string& key, timestamp now) const;

  /// Ends an attempt that did not begin. False if the row is unknown.
  bool postpone(delivery_key x, timestamp due);

  /// The row becomes a dead letter. False if the row is unknown.
  bool give_up(delivery_key x, dead_letter letter);

  /// Adds a stored row, or makes a known one that does not run due earlier.
  void add(retry_row x);

  // -- properties -------------------------------------------------------------

  size_t size() const noexcept {
    return rows_.size();
  }

  bool contains(delivery_key x) const {
    return rows_.contains(x);
  }

  /// The key of a live row; empty if it has none, or there is no such row.
  const std::string& key_of(position seq) const;

  /// True while there is a row of this key before this event.
  bool holds(const std::string& key, position seq) const;

  /// When the oldest row failed first; empty if there is none. Scans all rows.
  std::optional<timestamp> oldest_failure() const;

  // -- committing -------------------------------------------------------------

  /// True if a commit with this cursor would contain changes of rows.
  bool changed(position cursor) const noexcept;

  /// Fills rows and dead letters with all changes since the last call; `out.cursor` is set. A dead
  /// letter of an event beyond the cursor waits: a crash would deliver the event again.
  void take_changes(consumer_commit& out);

private:
  struct entry {
    retry_row row;
    bool running = false;
    std::optional<dead_letter> letter;
    /// When `row.due` was decided; the time between the two is its pause.
    timestamp decided_at = {};
  };

  using entries = std::map<delivery_key, entry>;

  entries::iterator insert(retry_row row, timestamp decided_at);
  void erase(entries::iterator i);
  void make_eligible(const entry& x);
  bool heads_its_key(const retry_row& x) const;
  std::chrono::milliseconds pause_before(uint32_t attempt) const;

  bool by_key_;
  uint32_t max_attempts_;
  std::vector<std::chrono::milliseconds> schedule_;
  entries rows_;
  /// Rows that may start, ordered by due time.
  std::set<std::pair<timestamp, delivery_key>> eligible_;
  /// Live rows of a key, by position.
  std::unordered_map<std::string, std::set<position>> rows_of_key_;
  /// See `ahead()`.
  std::set<position> ahead_;
  std::set<delivery_key> dirty_;
  std::vector<std::pair<position, uint64_t>> erased_;
  std::set<delivery_key> given_up_;
};

} // namespace carillon
