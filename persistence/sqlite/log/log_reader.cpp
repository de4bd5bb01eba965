#include "persistence/sqlite/log/log_reader.hpp"

#include "persistence/sqlite/log/event_row.hpp"

#include <algorithm>
#include <limits>

namespace carillon::sqlite {

namespace {

/// A log range so short that scanning it is faster than the index.
constexpr position short_segment = 1'024;

/// A page of history ends after the event that exceeds this.
constexpr size_t query_page_bytes = 8UL * 1024 * 1024;

constexpr size_t most_events = 1'000;

/// As a parameter: NULL if not given.
std::optional<std::string_view> optional_text(const std::optional<std::string>& x) {
  return x ? std::optional<std::string_view>{*x} : std::nullopt;
}

} // namespace

log_reader::log_reader(log_reader_options options) : options_(std::move(options)) {
}

expected<void> log_reader::connect() {
  return guarded([this]() -> expected<void> {
    log();
    return {};
  });
}

expected<append_result> log_reader::append(std::span<const draft_ptr> /*drafts*/,
                                           timestamp /*now*/) {
  return failure{ec::internal, "this side of the log reads", {}};
}

log_connection& log_reader::log() {
  if (!log_)
    log_ = std::make_unique<log_connection>(options_.events);
  return *log_;
}

index_reader* log_reader::index() {
  const auto generation = options_.status->generation.load();
  if (index_generation_ != generation)
    index_.reset();
  if (!index_ && generation != 0)
    index_ = std::make_unique<index_reader>(options_.index);
  index_generation_ = generation;
  return index_.get();
}

position log_reader::current_head() {
  auto row = log().sql.query(log_query::head);
  return row.next() ? row->number(0) : 0;
}

expected<position> log_reader::head() {
  return guarded([this]() -> expected<position> { return current_head(); });
}

expected<event_page> log_reader::read(const read_request& x) {
  return guarded([&] {
    const bool wanted = is_indexed(x.filter) && current_head() > x.after + short_segment;
    return with_index(
      wanted, [&](index_reader* with) -> expected<event_page> { return read_page(x, with); });
  });
}

event_page log_reader::read_page(const read_request& x, index_reader* with) {
  log_snapshot snapshot{log(), with};
  event_page page;
  page.head = snapshot.head();
  page.scanned_to = std::max(x.after, page.head);
  if (x.after >= page.head)
    return page;
  auto oldest = log().sql.query(log_query::first);
  page.first = oldest.next() ? oldest->number(0) : 1;
  const bool everything = x.filter.is_everything();
  const auto limit = std::max<size_t>(x.limit, 1);
  page.events.reserve(std::min<size_t>({limit, page.head - x.after, most_events}));
  log_scanner scanner{log().sql, sort_order::ascending};
  work_budget budget{everything ? std::numeric_limits<size_t>::max() : options_.budget};
  size_t bytes = 0;
  const auto next
    = snapshot.walk({x.filter, sort_order::ascending, std::max(x.after + 1, page.first), page.head},
                    budget, [&](position at, bool) {
                      const auto* row = scanner.at(at);
                      if (row == nullptr || (!everything && !matches(x.filter, keys_of(*row))))
                        return true;
                      page.events.push_back(event_of(*row));
                      bytes += footprint_bytes(*page.events.back());
                      return page.events.size() < limit && bytes < x.bytes;
                    });
  if (next)
    page.scanned_to = *next - 1;
  return page;
}

expected<query_page> log_reader::query(const query_request& x) {
  if (x.id)
    return guarded([&]() -> expected<query_page> { return events_with_id(x); });
  return guarded([&] {
    return with_index(is_indexed(x.filter), [&](index_reader* with) -> expected<query_page> {
      return query_page_of(x, with);
    });
  });
}

query_page log_reader::events_with_id(const query_request& x) {
  const bool descending = x.order == sort_order::descending;
  const auto beyond
    = x.beyond.value_or(descending ? std::numeric_limits<int64_t>::max() : position{0});
  auto row = log().sql.query(descending ? log_query::events_by_id_down : log_query::events_by_id_up,
                             std::string_view{*x.id}, beyond, optional_text(x.filter.company_id));
  const auto limit = std::clamp<size_t>(x.limit, 1, most_events);
  query_page page;
  size_t bytes = 0;
  while (row.next()) {
    if (page.events.size() == limit || bytes >= query_page_bytes) {
      page.next = page.events.back()->seq;
      break;
    }
    if (!matches(x.filter, keys_of(*row)))
      continue;
    page.events.push_back(event_of(*row));
    bytes += footprint_bytes(*page.events.back());
  }
  return page;
}

query_page log_reader::query_page_of(const query_request& x, index_reader* with) {
  log_snapshot snapshot{log(), with};
  const bool descending = x.order == sort_order::descending;
  const auto head = snapshot.head();
  query_page page;
  position first = descending ? head : 1;
  if (x.beyond && descending)
    first = *x.beyond == 0 ? 0 : std::min(*x.beyond - 1, head);
  else if (x.beyond)
    first = std::min(*x.beyond, head) + 1;
  if (first == 0 || first > head)
    return page;
  const auto limit = std::clamp<size_t>(x.limit, 1, most_events);
  log_scanner scanner{log().sql, x.order};
  work_budget budget{options_.budget};
  size_t bytes = 0;
  const auto next = snapshot.walk({x.filter, x.order, first, descending ? 1 : head}, budget,
                                  [&](position at, bool) {
                                    const auto* row = scanner.at(at);
                                    if (row == nullptr || !matches(x.filter, keys_of(*row)))
                                      return true;
                                    page.events.push_back(event_of(*row));
                                    bytes += footprint_bytes(*page.events.back());
                                    return page.events.size() < limit && bytes < query_page_bytes;
                                  });
  if (next)
    page.next = descending ? *next + 1 : *next - 1;
  return page;
}

expected<event_ptr> log_reader::find(const find_request& x) {
  return guarded([&]() -> expected<event_ptr> {
    auto& sql = log().sql;
    auto row = x.seq != 0 ? sql.query(log_query::event_at, x.seq)
                          : sql.query(log_query::event_by_id, std::string_view{x.id},
                                      optional_text(x.source), optional_text(x.company_id));
    if (!row.next() || (x.company_id && row->text(3) != *x.company_id))
      return failure{ec::not_found, "no such event", {}};
    return event_of(*row);
  });
}

} // namespace carillon::sqlite
