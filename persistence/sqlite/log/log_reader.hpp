#pragma once

#include "persistence/event_log.hpp"
#include "persistence/sqlite/guard.hpp"
#include "persistence/sqlite/index/index_file.hpp"
#include "persistence/sqlite/log/log_snapshot.hpp"

#include <memory>
#include <optional>

namespace carillon::sqlite {

/// Options of a reader's connections.
struct log_reader_options {
  log_place log;
  connection_options index;
  std::shared_ptr<index_status> status;
  /// Candidates that one call examines.
  size_t budget = 15'000;
};

/// A reading side of the log. The index only makes it faster: where the index is missing,
/// behind or damaged, the log alone gives the same answers.
class log_reader : public event_log {
public:
  explicit log_reader(log_reader_options options);

  /// Opens the log at once. Errors: `store_unavailable`.
  expected<void> connect();

  /// Not supported; fails with `internal`.
  expected<append_result> append(std::span<const draft_ptr> drafts, timestamp now) override;
  expected<event_page> read(const read_request& x) override;
  expected<query_page> query(const query_request& x) override;
  expected<event_ptr> find(const find_request& x) override;
  expected<uint64_t> count(const count_request& x, std::chrono::milliseconds deadline) override;
  expected<stats_result> stats(const stats_request& x) override;
  expected<counter_rows> counters(const counters_request& x) override;
  expected<position> head() override;

private:
  using clock = std::chrono::steady_clock;

  index_reader* index();

  /// Sees what another process appended, if a call asks for positions beyond what is known.
  void reach(position beyond);

  /// Calls `f` with the index if it is wanted and works, else without.
  template <class F>
  auto with_index(bool wanted, F&& f) -> decltype(f(nullptr));

  event_page read_page(const read_request& x, index_reader* with);
  query_page events_with_id(const query_request& x, index_reader* with);
  /// Positions of an id in the tail behind the index.
  template <class F>
  void find_in_tail(const std::string& id, position indexed, F&& f);
  expected<event_ptr> find_by_id(const find_request& x, index_reader* with);
  query_page query_page_of(const query_request& x, index_reader* with);
  /// Counts a bounded range beginning at `from`; `from` becomes empty at the end.
  uint64_t count_segment(const event_filter& filter, std::optional<position>& from, position last,
                         index_reader* with);
  expected<stats_result> stats_of(const stats_request& x, index_reader* with);
  expected<counter_rows> counters_of(const counters_request& x, index_reader* with);

  log_reader_options options_;
  log_cursor log_;
  std::unique_ptr<index_reader> index_;
  uint64_t index_generation_ = 0;
};

template <class F>
auto log_reader::with_index(bool wanted, F&& f) -> decltype(f(nullptr)) {
  bool suspect = false;
  if (wanted) {
    try {
      if (auto* with = index())
        return f(with);
    } catch (const SQLite::Exception& x) {
      // All that this call asks of SQLite is the index.
      suspect = is_damage(x);
      index_.reset();
    }
  }
  auto result = guarded([&] { return f(nullptr); });
  if (suspect && result)
    options_.status->damaged = true;
  return result;
}

} // namespace carillon::sqlite
