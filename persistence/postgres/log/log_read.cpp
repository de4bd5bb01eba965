#include "persistence/postgres/log/event_row.hpp"
#include "persistence/postgres/log/event_search.hpp"
#include "persistence/postgres/log/log.hpp"

#include <algorithm>

// Reading and finding events.

namespace carillon::postgres {

namespace {

constexpr size_t most_events = 1'000;

/// A page of history ends after the event that exceeds this.
constexpr size_t query_page_bytes = 8UL * 1024 * 1024;

/// Rows fetched at a time while their size is not known.
constexpr size_t first_rows = 64;

/// Rows that fit into the remaining bytes, judged by those read so far.
size_t next_rows(size_t left, size_t bytes_left, size_t rows, size_t bytes) {
  if (rows == 0)
    return std::min(left, first_rows);
  auto fit = bytes_left / std::max<size_t>(bytes / rows, 1) + 1;
  return std::clamp<size_t>(std::min(left, fit), 1, most_events);
}

/// Events that a payload filter looks at in one call.
constexpr size_t examined_events = 10'000;

/// Collects events up to the limits of count and bytes; those that the payload filter excludes
/// count, too. Returns where to continue if there may be more.
std::optional<position> take(event_search& from, const payload_filter& payload, size_t most,
                             size_t most_bytes, std::vector<event_ptr>& events) {
  size_t bytes = 0;
  size_t rows = 0;
  while (events.size() < most && bytes < most_bytes) {
    const auto left = payload.is_everything() ? most - events.size() : most_events;
    auto wanted = next_rows(left, most_bytes - bytes, rows, bytes);
    auto found = from.next(wanted);
    const bool over = found.size() < wanted;
    for (auto& x : found) {
      ++rows;
      bytes += footprint_bytes(*x);
      const auto at = x->seq;
      const bool is_last = &x == &found.back();
      if (matches_payload(payload, keys_of(*x)))
        events.push_back(std::move(x));
      if ((bytes >= most_bytes || events.size() >= most || rows >= examined_events) && !is_last)
        return at;
    }
    if (over || (rows >= examined_events && !payload.is_everything()))
      break;
  }
  return from.rest();
}

} // namespace

log::log(std::string url, postgres_options options, size_t budget, std::shared_ptr<node_lock> lock,
         std::shared_ptr<void> token)
  : db_(std::move(url), options, token == nullptr), budget_(budget), lock_(std::move(lock)),
    token_(std::move(token)) {
  if (token_)
    db_.on_connect(statements_to_prepare());
}

expected<void> log::connect() {
  return guarded([&]() -> expected<void> {
    current_head();
    return {};
  });
}

position log::current_head() {
  return db_.ask("SELECT coalesce(max(seq), 0) FROM event_log", {})[0][0].as<position>();
}

expected<position> log::head() {
  return guarded([&]() -> expected<position> { return current_head(); });
}

expected<event_page> log::read(const read_request& x) {
  return guarded([&]() -> expected<event_page> { return read_page(x); });
}

event_page log::read_page(const read_request& x) {
  // Events up to the head never change: later statements need no snapshot of it.
  auto ends = db_.ask("SELECT coalesce(max(seq), 0), coalesce(min(seq), 1) FROM event_log", {});
  event_page page;
  page.head = ends[0][0].as<position>();
  page.first = ends[0][1].as<position>();
  page.scanned_to = std::max(x.after, page.head);
  if (x.after >= page.head)
    return page;
  event_search search{db_, x.filter, sort_order::ascending, {x.after + 1, page.head}, budget_};
  auto rest = take(search, x.filter.payload, std::max<size_t>(x.limit, 1), x.bytes, page.events);
  page.scanned_to = rest.value_or(page.head);
  return page;
}

query_page log::events_with_id(const query_request& x) {
  const bool descending = x.order == sort_order::descending;
  sql_text sql;
  // Many sources may use the same id: at most one page of them.
  sql.add("SELECT ").add(event_columns).add(" FROM (SELECT * FROM event_log WHERE id = ");
  sql.value(*x.id);
  if (x.filter.company_id)
    sql.add(" AND company_id = ").value(*x.filter.company_id);
  sql.add(" LIMIT ").value(most_events).add(") AS same_id");
  // Not by `seq`: its index would be walked.
  if (x.beyond)
    sql.add(descending ? " WHERE seq + 0 < " : " WHERE seq + 0 > ").value(*x.beyond);
  sql.add(" ORDER BY seq + 0").add(descending ? " DESC" : "");
  const auto limit = std::clamp<size_t>(x.limit, 1, most_events);
  const auto found = db_.ask(sql.text(), sql.parameters());
  query_page page;
  size_t bytes = 0;
  position looked_at = 0;
  for (const auto& row : found) {
    if (page.events.size() == limit || bytes >= query_page_bytes) {
      page.next = looked_at;
      return page;
    }
    auto event = event_of(row);
    looked_at = event->seq;
    if (!matches(x.filter, *event))
      continue;
    bytes += footprint_bytes(*event);
    page.events.push_back(std::move(event));
  }
  return page;
}

expected<query_page> log::query(const query_request& x) {
  if (x.id)
    return guarded([&]() -> expected<query_page> { return events_with_id(x); });
  return guarded([&]() -> expected<query_page> {
    segment all{1, current_head()};
    if (x.beyond && x.order == sort_order::descending)
      all.high = *x.beyond == 0 ? 0 : std::min(*x.beyond - 1, all.high);
    else if (x.beyond)
      all.low = std::min(*x.beyond, all.high) + 1;
    query_page page;
    event_search search{db_, x.filter, x.order, all, budget_};
    page.next = take(search, x.filter.payload, std::clamp<size_t>(x.limit, 1, most_events),
                     query_page_bytes, page.events);
    return page;
  });
}

expected<event_ptr> log::find(const find_request& x) {
  return guarded([&]() -> expected<event_ptr> {
    sql_text sql;
    sql.add("SELECT ").add(event_columns).add(" FROM event_log WHERE ");
    if (x.seq != 0) {
      sql.add("seq = ").value(x.seq);
    } else {
      sql.add("id = ").value(x.id);
      if (x.source)
        sql.add(" AND source = ").value(*x.source);
      if (x.company_id)
        sql.add(" AND company_id = ").value(*x.company_id);
      // Not by `seq`: its index would be walked.
      sql.add(" ORDER BY seq + 0 LIMIT 1");
    }
    auto found = db_.ask(sql.text(), sql.parameters());
    if (found.empty() || (x.company_id && text_of(found[0][3]) != *x.company_id))
      return failure{ec::not_found, "no such event", {}};
    return event_of(found[0]);
  });
}

} // namespace carillon::postgres
