#pragma once

#include "persistence/event_log.hpp"
#include "persistence/postgres/advisory.hpp"
#include "persistence/postgres/blockers.hpp"
#include "persistence/postgres/connection.hpp"
#include "persistence/postgres/faults.hpp"
#include "persistence/postgres/log/log_notifier.hpp"
#include "persistence/postgres/node_lock.hpp"

#include <atomic>
#include <memory>
#include <optional>
#include <string>
#include <vector>

namespace carillon::postgres {

/// The log in a database that others may append to as well.
class log : public event_log {
public:
  /// @param budget candidates that a query examines before it returns a short page
  /// @param lock lock of the node; its epoch is 0 if the database is shared. Null for a reader
  /// @param token held while this is the only appender
  log(std::string url, postgres_options options, size_t budget, std::shared_ptr<node_lock> lock,
      std::shared_ptr<void> token);

  /// Notifies others of appends, after setting `own_head`. Call before the first append.
  void tell_others(std::shared_ptr<std::atomic<position>> own_head);

  /// Sets the listener for blocked appends. Call before the first append.
  void tell_operator(trouble_listener tell) {
    trouble_ = std::move(tell);
  }

  /// Connects at once. Errors: `store_unavailable`.
  expected<void> connect();

  expected<append_result> append(std::span<const draft_ptr> drafts, timestamp now) override;
  /// Appends events of another store unchanged. Errors: `conflict` (they do not follow the last
  /// event), `store_unavailable`.
  expected<void> restore(const std::vector<event_ptr>& xs);

  expected<event_page> read(const read_request& x) override;
  expected<query_page> query(const query_request& x) override;
  expected<event_ptr> find(const find_request& x) override;
  expected<uint64_t> count(const count_request& x, std::chrono::milliseconds deadline) override;
  expected<stats_result> stats(const stats_request& x) override;
  expected<counter_rows> counters(const counters_request& x) override;
  expected<position> head() override;

private:
  /// Drafts that are not in the log yet, and the receipts of all.
  struct sorted {
    receipts items;
    std::vector<draft_ptr> fresh;
    /// Of each fresh one: its place in `items`.
    std::vector<size_t> places;
    /// Repeats within the call: place in `items`, and in `fresh`.
    std::vector<std::pair<size_t, size_t>> repeats;
  };

  template <class F>
  auto guarded(F&& f) noexcept -> decltype(f());

  append_result append_again(std::span<const draft_ptr> drafts, timestamp now);
  append_result append_once(std::span<const draft_ptr> drafts, timestamp now, bool look_up);
  /// Appends few events in one round trip, if the log ends where we left it; else appends nothing
  /// and returns empty.
  std::optional<append_result> append_few(std::span<const draft_ptr> drafts, timestamp now);
  bool may_append_few(std::span<const draft_ptr> drafts) const noexcept;
  std::string statements_to_append(const std::vector<event_ptr>& xs);
  append_result appended(event_batch_ptr batch, receipts items);
  /// Returns when these duplicates may be acknowledged, see `connection::confirm`. Throws.
  void make_safe(const receipts& xs);
  /// Prepared statements of each appending connection: planning takes longer than executing.
  static std::string statements_to_prepare();
  /// Begins a transaction with exclusive right to append; returns the last position.
  position begin_append();
  sorted look_up(std::span<const draft_ptr> drafts);
  void add_and_commit(const std::vector<event_ptr>& xs);
  /// Sends the events; returns the statements after them.
  std::string copy(const std::vector<event_ptr>& xs);
  /// Statements for few events, with those after them.
  std::string statements_to_add(const std::vector<event_ptr>& xs);
  /// Statements after the events in their transaction, ending with COMMIT.
  std::string statements_to_end(const std::vector<event_ptr>& xs);
  /// Queries the outcome of a transaction whose answer was lost.
  bool was_appended(const std::vector<event_ptr>& xs);
  bool has(const event& x);
  query_page events_with_id(const query_request& x);
  event_page read_page(const read_request& x);

  position current_head();

  connection db_;
  size_t budget_;
  std::shared_ptr<node_lock> lock_;
  std::shared_ptr<void> token_;
  std::shared_ptr<std::atomic<position>> own_head_;
  std::unique_ptr<log_notifier> notifier_;
  trouble_listener trouble_;
  uint64_t generation_ = 0;
  /// Where we left the log; it may have grown since. Empty after a failure.
  std::optional<position> known_head_;
  /// When its last event was recorded; no later one is recorded before it, whosever clock is
  /// behind.
  timestamp recorded_{};
  /// Through this connection, events up to here were confirmed; later ones may be on one server
  /// only.
  struct {
    uint64_t generation = 0;
    position last = 0;
  } safe_;
  /// Appends left that query the head first, since others appended lately.
  unsigned contended_ = 0;
  /// Appends left that look up their ids first, since there were duplicates lately.
  unsigned suspicious_ = 0;
};

template <class F>
auto log::guarded(F&& f) noexcept -> decltype(f()) {
  try {
    return f();
  } catch (const std::exception& x) {
    db_.rollback();
    tell_of_blockers(db_, advisory::log, x, trouble_);
    return to_failure(x);
  }
}

} // namespace carillon::postgres
