#include "persistence/sqlite/log/log_appender.hpp"

#include "persistence/sqlite/guard.hpp"
#include "persistence/sqlite/log/event_row.hpp"

namespace carillon::sqlite {

log_appender::log_appender(connection_options options, reader_factory make_reader,
                           std::shared_ptr<void> token)
  : options_(std::move(options)), make_reader_(std::move(make_reader)), token_(std::move(token)) {
}

expected<void> log_appender::connect() {
  return guarded([this]() -> expected<void> {
    ensure_connected();
    return {};
  });
}

expected<append_result> log_appender::append(std::span<const draft_ptr> drafts, timestamp now) {
  auto result = guarded([&]() -> expected<append_result> {
    ensure_connected();
    return append_all(drafts, now);
  });
  if (!result)
    forget(drafts);
  return result;
}

void log_appender::ensure_connected() {
  if (!link_)
    link_ = std::make_unique<link>(options_);
  if (unsettled_)
    settle();
  if (!head_) {
    auto row = link_->sql.query(log_query::head);
    head_ = row.next() ? row->number(0) : 0;
  }
}

append_result log_appender::append_all(std::span<const draft_ptr> drafts, timestamp now) {
  append_result result;
  result.items.reserve(drafts.size());
  auto batch = std::make_shared<event_batch>();
  batch->events.reserve(drafts.size());
  auto& insert = link_->sql.get(log_query::insert_event);
  position next = *head_ + 1;
  transaction t{link_->db, transaction::kind::write};
  for (const auto& draft : drafts) {
    draft->seq = next;
    draft->recorded_at = now;
    bind_event(insert, *draft);
    rows{insert}.next();
    if (sqlite3_changes(link_->db.handle()) == 0) {
      draft->seq = 0;
      result.items.push_back(duplicate_of(*draft));
      continue;
    }
    result.items.push_back({.seq = next, .duplicate = false, .conflicting_type = {}});
    batch->events.push_back(draft);
    ++next;
  }
  if (batch->events.empty())
    return result;
  t.commit();
  head_ = next - 1;
  result.batch = std::move(batch);
  return result;
}

receipt log_appender::duplicate_of(const event& draft) {
  auto row = link_->sql.query(log_query::first_with_id, std::string_view{draft.id},
                              std::string_view{draft.source}, std::string_view{draft.company_id});
  if (!row.next())
    throw SQLite::Exception("a duplicate without a first", SQLITE_CORRUPT);
  return first_event(row->number(0), row->text(1), draft);
}

void log_appender::forget(std::span<const draft_ptr> drafts) noexcept {
  for (const auto& draft : drafts) {
    draft->seq = 0;
    draft->recorded_at = {};
  }
  head_.reset();
  // Normally SQLite has rolled back and continues. If it could not, only a new connection shows
  // what is on disk.
  if (link_ && sqlite3_get_autocommit(link_->db.handle()) == 0) {
    link_.reset();
    unsettled_ = true;
  }
}

void log_appender::settle() {
  // A new connection may find the commit whose sync failed, and would then treat its events as
  // durable duplicates. Syncing that file again proves nothing: the kernel has forgotten that its
  // pages are dirty. Copied to the database and synced there, they are durable.
  int in_log = 0;
  int copied = 0;
  auto* db = link_->db.handle();
  const int code
    = sqlite3_wal_checkpoint_v2(db, nullptr, SQLITE_CHECKPOINT_TRUNCATE, &in_log, &copied);
  if (code != SQLITE_OK)
    raise(db, code);
  unsettled_ = false;
}

expected<event_log*> log_appender::reader() {
  if (!reader_) {
    auto made = make_reader_();
    if (!made)
      return made.error();
    reader_ = std::move(*made);
  }
  return reader_.get();
}

expected<event_page> log_appender::read(const read_request& x) {
  const auto r = reader();
  return r ? (*r)->read(x) : r.error();
}

expected<query_page> log_appender::query(const query_request& x) {
  const auto r = reader();
  return r ? (*r)->query(x) : r.error();
}

expected<event_ptr> log_appender::find(const find_request& x) {
  const auto r = reader();
  return r ? (*r)->find(x) : r.error();
}

expected<uint64_t> log_appender::count(const count_request& x, std::chrono::milliseconds deadline) {
  const auto r = reader();
  return r ? (*r)->count(x, deadline) : r.error();
}

expected<stats_result> log_appender::stats(const stats_request& x) {
  const auto r = reader();
  return r ? (*r)->stats(x) : r.error();
}

expected<position> log_appender::head() {
  auto result = guarded([this]() -> expected<position> {
    ensure_connected();
    return *head_;
  });
  if (!result)
    forget({});
  return result;
}

} // namespace carillon::sqlite
