#include "persistence/sqlite/log/log_reader.hpp"

#include "persistence/sqlite/index/id_key.hpp"

#include <algorithm>
#include <limits>

namespace carillon::sqlite {

namespace {

/// A log range so short that scanning it is faster than the index.
constexpr position short_segment = 1'024;

/// A page of history ends after the event that exceeds this.
constexpr size_t query_page_bytes = 8UL * 1024 * 1024;

constexpr size_t most_events = 1'000;

/// Most events behind the index among which an id is sought: half a second.
constexpr position longest_tail = 1'000'000;

/// As a parameter: NULL if not given.
std::optional<int64_t> optional_hash(const index_reader& index,
                                     const std::optional<std::string>& x) {
  return x ? std::optional{index.hash_of(*x)} : std::nullopt;
}

failure no_such_event() {
  return {ec::not_found, "no such event", {}};
}

} // namespace

log_reader::log_reader(log_reader_options options)
  : options_(std::move(options)), log_(options_.log) {
}

expected<void> log_reader::connect() {
  return guarded([this]() -> expected<void> {
    log_.head();
    return {};
  });
}

expected<append_result> log_reader::append(std::span<const draft_ptr> /*drafts*/,
                                           timestamp /*now*/) {
  return failure{ec::internal, "this side of the log reads", {}};
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

void log_reader::reach(position beyond) {
  if (beyond >= log_.head())
    log_.refresh();
}

expected<position> log_reader::head() {
  return guarded([this]() -> expected<position> {
    log_.refresh();
    return log_.head();
  });
}

expected<event_page> log_reader::read(const read_request& x) {
  return guarded([&] {
    reach(x.after);
    const bool wanted = is_indexed(x.filter) && log_.head() > x.after + short_segment;
    return with_index(
      wanted, [&](index_reader* with) -> expected<event_page> { return read_page(x, with); });
  });
}

event_page log_reader::read_page(const read_request& x, index_reader* with) {
  log_snapshot snapshot{log_, with};
  event_page page;
  page.head = snapshot.head();
  page.scanned_to = std::max(x.after, page.head);
  if (x.after >= page.head)
    return page;
  page.first = log_.first();
  const bool everything = x.filter.is_everything();
  const auto limit = std::max<size_t>(x.limit, 1);
  page.events.reserve(std::min<size_t>({limit, page.head - x.after, most_events}));
  work_budget budget{everything ? std::numeric_limits<size_t>::max() : options_.budget};
  size_t bytes = 0;
  const auto next
    = snapshot.walk({x.filter, sort_order::ascending, std::max(x.after + 1, page.first), page.head},
                    budget, [&](position at, bool) {
                      const auto* row = log_.at(at);
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
  return guarded([&] {
    log_.refresh();
    return with_index(x.id || is_indexed(x.filter),
                      [&](index_reader* with) -> expected<query_page> {
                        return x.id ? events_with_id(x, with) : query_page_of(x, with);
                      });
  });
}

template <class F>
void log_reader::find_in_tail(const std::string& id, position indexed, F&& f) {
  const auto head = log_.head();
  if (head - indexed > longest_tail)
    throw log_fault{{ec::store_unavailable,
                     "the index of ids is being rebuilt; look the event up by its position",
                     {}}};
  for (auto at = std::max(indexed + 1, log_.first()); at <= head; ++at) {
    const auto* row = log_.at(at);
    if (row != nullptr && row->id == id && f(*row))
      return;
  }
}

query_page log_reader::events_with_id(const query_request& x, index_reader* with) {
  log_snapshot snapshot{log_, with};
  std::vector<position> found;
  if (with != nullptr) {
    const id_key key{*x.id};
    auto row = with->sql().query(index_query::all_with_id, blob_view{key.bytes()},
                                 optional_hash(*with, x.filter.company_id));
    while (row.next())
      found.push_back(row->number(0));
  }
  find_in_tail(*x.id, snapshot.indexed(), [&](const segments::record_view& row) {
    found.push_back(row.seq);
    return false;
  });
  const bool descending = x.order == sort_order::descending;
  std::sort(found.begin(), found.end());
  if (descending)
    std::reverse(found.begin(), found.end());
  const auto limit = std::clamp<size_t>(x.limit, 1, most_events);
  query_page page;
  size_t bytes = 0;
  for (const auto at : found) {
    if (x.beyond && (descending ? at >= *x.beyond : at <= *x.beyond))
      continue;
    const auto* row = log_.at(at);
    if (row == nullptr || row->id != *x.id || !matches(x.filter, keys_of(*row)))
      continue;
    if (page.events.size() == limit || bytes >= query_page_bytes) {
      page.next = page.events.back()->seq;
      break;
    }
    page.events.push_back(event_of(*row));
    bytes += footprint_bytes(*page.events.back());
  }
  return page;
}

query_page log_reader::query_page_of(const query_request& x, index_reader* with) {
  log_snapshot snapshot{log_, with};
  const bool descending = x.order == sort_order::descending;
  const auto head = snapshot.head();
  query_page page;
  position first = descending ? head : 1;
  if (x.beyond && descending)
    first = *x.beyond == 0 ? 0 : std::min(*x.beyond - 1, head);
  else if (x.beyond)
    first = std::min(*x.beyond, head) + 1;
  if (!descending)
    first = std::max(first, log_.first());
  if (first == 0 || first > head)
    return page;
  const auto limit = std::clamp<size_t>(x.limit, 1, most_events);
  work_budget budget{options_.budget};
  size_t bytes = 0;
  const auto next = snapshot.walk({x.filter, x.order, first, descending ? log_.first() : head},
                                  budget, [&](position at, bool) {
                                    const auto* row = log_.at(at);
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
    if (x.seq == 0) {
      log_.refresh();
      return with_index(true, [&](index_reader* with) { return find_by_id(x, with); });
    }
    if (x.seq > log_.head())
      log_.refresh();
    const auto* row = log_.at(x.seq);
    if (row == nullptr || (x.company_id && row->company_id != *x.company_id))
      return no_such_event();
    return event_of(*row);
  });
}

expected<event_ptr> log_reader::find_by_id(const find_request& x, index_reader* with) {
  const auto is_it = [&](const segments::record_view& row) {
    return row.id == x.id && (!x.source || row.source == *x.source)
           && (!x.company_id || row.company_id == *x.company_id);
  };
  log_snapshot snapshot{log_, with};
  if (with != nullptr) {
    const id_key key{x.id};
    position at = 0;
    do {
      auto next
        = with->sql().query(index_query::next_with_id, blob_view{key.bytes()},
                            optional_hash(*with, x.company_id), optional_hash(*with, x.source), at);
      at = next.next() ? next->number(0) : 0;
      const auto* row = at == 0 ? nullptr : log_.at(at);
      if (row != nullptr && is_it(*row))
        return event_of(*row);
    } while (at != 0);
  }
  event_ptr found;
  find_in_tail(x.id, snapshot.indexed(), [&](const segments::record_view& row) {
    if (is_it(row))
      found = event_of(row);
    return found != nullptr;
  });
  return found ? expected<event_ptr>{std::move(found)} : no_such_event();
}

} // namespace carillon::sqlite
