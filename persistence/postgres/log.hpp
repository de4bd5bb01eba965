#pragma once

#include "persistence/event_log.hpp"
#include "persistence/postgres/connection.hpp"
#include "persistence/postgres/node_lock.hpp"

#include <memory>
#include <string>
#include <vector>

namespace carillon::postgres {

/// The log in a database that others may append to as well.
class log : public event_log {
public:
  /// @param budget candidates that a query looks at before it returns a short page
  /// @param lock of the node; its epoch is 0 for who shares the database. Null for one that reads.
  /// @param token held for as long as this is the one that appends
  log(std::string url, postgres_options options, size_t budget, std::shared_ptr<node_lock> lock,
      std::shared_ptr<void> token);

  /// Connects at once. Errors: `store_unavailable`.
  expected<void> connect();

  expected<append_result> append(std::span<const draft_ptr> drafts, timestamp now) override;
  /// Appends events of another store as they are. Errors: `conflict` (they do not follow what is
  /// here), `store_unavailable`.
  expected<void> restore(const std::vector<event_ptr>& xs);

  expected<event_page> read(const read_request& x) override;
  expected<query_page> query(const query_request& x) override;
  expected<event_ptr> find(const find_request& x) override;
  expected<uint64_t> count(const count_request& x, std::chrono::milliseconds deadline) override;
  expected<stats_result> stats(const stats_request& x) override;
  expected<position> head() override;

private:
  /// Drafts that are not in the log yet, and what is answered for all.
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

  append_result append_once(std::span<const draft_ptr> drafts, timestamp now, bool look_up);
  /// What each connection that appends knows: planning takes longer than doing it.
  static std::string statements_to_prepare();
  /// Begins a transaction in which nobody else appends; returns the last position.
  position begin_append();
  sorted look_up(std::span<const draft_ptr> drafts);
  void copy(const std::vector<event_ptr>& xs);
  void commit(const std::vector<event_ptr>& xs);
  /// Asks after a transaction whose end was lost.
  bool was_appended(const event& first);
  event_page read_page(const read_request& x);

  position current_head();

  connection db_;
  size_t budget_;
  std::shared_ptr<node_lock> lock_;
  std::shared_ptr<void> token_;
  uint64_t generation_ = 0;
  /// Appends that look their ids up at once, since there were duplicates lately.
  unsigned suspicious_ = 0;
};

template <class F>
auto log::guarded(F&& f) noexcept -> decltype(f()) {
  try {
    return f();
  } catch (const std::exception& x) {
    db_.rollback();
    return to_failure(x);
  }
}

} // namespace carillon::postgres
