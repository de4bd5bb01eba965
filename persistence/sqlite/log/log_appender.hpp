#pragma once

#include "persistence/event_log.hpp"
#include "persistence/segments/segment_store.hpp"
#include "persistence/sqlite/log/known_ids.hpp"

#include <functional>
#include <memory>

namespace carillon::sqlite {

/// The writing side of the log. Reads go to a reader of its own, opened on first use.
class log_appender : public event_log {
public:
  using reader_factory = std::function<expected<std::unique_ptr<event_log>>()>;

  /// @param token held while this is the only writer
  log_appender(std::shared_ptr<segments::segment_store> log, known_ids ids,
               reader_factory make_reader, std::shared_ptr<void> token);
  log_appender(const log_appender&) = delete;
  log_appender& operator=(const log_appender&) = delete;

  /// Leaves the mark of a clean end.
  ~log_appender() override;

  expected<append_result> append(std::span<const draft_ptr> drafts, timestamp now) override;
  expected<event_page> read(const read_request& x) override;
  expected<query_page> query(const query_request& x) override;
  expected<event_ptr> find(const find_request& x) override;
  expected<uint64_t> count(const count_request& x, std::chrono::milliseconds deadline) override;
  expected<stats_result> stats(const stats_request& x) override;
  expected<counter_rows> counters(const counters_request& x) override;
  expected<position> head() override;

private:
  expected<append_result> append_new(std::span<const draft_ptr> drafts, timestamp now);
  expected<event_log*> reader();

  std::shared_ptr<segments::segment_store> log_;
  known_ids ids_;
  reader_factory make_reader_;
  std::shared_ptr<void> token_;
  std::unique_ptr<event_log> reader_;
};

} // namespace carillon::sqlite
