#include "persistence/sqlite/log/log_appender.hpp"

#include "persistence/sqlite/guard.hpp"

namespace carillon::sqlite {

log_appender::log_appender(std::shared_ptr<segments::segment_store> log, known_ids ids,
                           reader_factory make_reader, std::shared_ptr<void> token)
  : log_(std::move(log)), ids_(std::move(ids)), make_reader_(std::move(make_reader)),
    token_(std::move(token)) {
}

log_appender::~log_appender() {
  // Without the mark the next start takes a damaged last frame for one that was not finished.
  guarded([this]() -> expected<void> { return log_->writer().finish(wall_clock_now()); });
}

expected<append_result> log_appender::append(std::span<const draft_ptr> drafts, timestamp now) {
  return guarded([&]() -> expected<append_result> { return append_new(drafts, now); });
}

expected<append_result> log_appender::append_new(std::span<const draft_ptr> drafts, timestamp now) {
  append_result result;
  result.items.reserve(drafts.size());
  auto& writer = log_->writer();
  auto there = ids_.look_up(drafts, writer.head());
  std::vector<draft_ptr> fresh;
  fresh.reserve(drafts.size());
  position next = writer.head() + 1;
  for (size_t i = 0; i < drafts.size(); ++i) {
    if (there[i]) {
      result.items.push_back(std::move(*there[i]));
      continue;
    }
    result.items.push_back({.seq = next++, .duplicate = false, .conflicting_type = {}});
    fresh.push_back(drafts[i]);
  }
  if (fresh.empty())
    return result;
  auto batch = std::make_shared<event_batch>();
  batch->events.assign(fresh.begin(), fresh.end());
  const auto first = writer.append(fresh, now);
  if (!first)
    return first.error().code == ec::too_large
             ? failure{ec::store_refused, "the events are too many to be stored together", {}}
             : first.error();
  for (size_t i = 0; i < fresh.size(); ++i) {
    fresh[i]->seq = *first + i;
    fresh[i]->recorded_at = now;
  }
  ids_.add(batch->events);
  result.batch = std::move(batch);
  return result;
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

expected<counter_rows> log_appender::counters(const counters_request& x) {
  const auto r = reader();
  return r ? (*r)->counters(x) : r.error();
}

expected<position> log_appender::head() {
  return log_->writer().head();
}

} // namespace carillon::sqlite
