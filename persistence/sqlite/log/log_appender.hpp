#pragma once

#include "persistence/event_log.hpp"
#include "persistence/sqlite/connection.hpp"
#include "persistence/sqlite/sql.hpp"
#include "persistence/sqlite/statement_cache.hpp"

#include <functional>
#include <memory>
#include <optional>

namespace carillon::sqlite {

/// The writing side of the log. Reads go to a reader of its own, opened on first use.
class log_appender : public event_log {
public:
  using reader_factory = std::function<expected<std::unique_ptr<event_log>>()>;

  /// @param token held while this is the only writer
  log_appender(connection_options options, reader_factory make_reader, std::shared_ptr<void> token);

  /// Opens the connection at once. Errors: `store_unavailable`.
  expected<void> connect();

  expected<append_result> append(std::span<const draft_ptr> drafts, timestamp now) override;
  expected<event_page> read(const read_request& x) override;
  expected<query_page> query(const query_request& x) override;
  expected<event_ptr> find(const find_request& x) override;
  expected<uint64_t> count(const count_request& x, std::chrono::milliseconds deadline) override;
  expected<stats_result> stats(const stats_request& x) override;
  expected<position> head() override;

private:
  /// A connection with its statements.
  struct link {
    explicit link(const connection_options& x) : db(x), sql(db.handle()) {
    }

    connection db;
    statement_cache<log_query> sql;
  };

  void ensure_connected();
  /// Copies the whole write-ahead log to the database and syncs it.
  void settle();
  append_result append_all(std::span<const draft_ptr> drafts, timestamp now);
  receipt duplicate_of(const event& draft);
  /// After a failure: the drafts are drafts again, and the head is queried anew.
  void forget(std::span<const draft_ptr> drafts) noexcept;
  expected<event_log*> reader();

  connection_options options_;
  reader_factory make_reader_;
  std::shared_ptr<void> token_;
  std::unique_ptr<link> link_;
  /// Last committed position; empty if it must be queried.
  std::optional<position> head_;
  /// A connection was lost in the middle of something.
  bool unsettled_ = false;
  std::unique_ptr<event_log> reader_;
};

} // namespace carillon::sqlite
