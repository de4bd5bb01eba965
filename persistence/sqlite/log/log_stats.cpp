#include "persistence/counter_sum.hpp"
#include "persistence/hours.hpp"
#include "persistence/sqlite/log/log_reader.hpp"

#include <algorithm>

// Counting: the parts of log_reader that examine more than a page.

namespace carillon::sqlite {

namespace {

/// Candidates or rows that are examined between two checks of the clock. Each range has its own
/// transaction, so that a long count does not delay checkpoints.
constexpr size_t segment = 20'000;

/// The tail is short unless the index is being rebuilt.
constexpr std::chrono::seconds stats_deadline{10};

failure too_slow() {
  return {ec::timeout, "counting took too long; narrow the filter down or try again later", {}};
}

/// Sums up counts per bucket and type.
class stats_sum {
public:
  explicit stats_sum(stats_bucket bucket) noexcept : bucket_(bucket) {
  }

  void add(int64_t hour, std::string_view type, uint64_t count) {
    auto& counts = buckets_[begin_of(hour)];
    const auto at = counts.find(type);
    if (at != counts.end())
      at->second += count;
    else
      counts.emplace(type, count);
  }

  stats_result result() const {
    stats_result all;
    for (const auto& [hour, counts] : buckets_)
      all.rows.push_back({begin_of_hour(hour), {counts.begin(), counts.end()}});
    return all;
  }

private:
  int64_t begin_of(int64_t hour) const noexcept {
    switch (bucket_) {
    case stats_bucket::hour:
      return hour;
    case stats_bucket::day:
      return first_hour_of_day(hour);
    case stats_bucket::none:
      break;
    }
    return 0;
  }

  stats_bucket bucket_;
  std::map<int64_t, std::map<std::string, uint64_t, std::less<>>> buckets_;
};

auto counters_in(index_reader& index, const counters_request& x, const hour_range& hours) {
  auto& sql = index.sql();
  const std::string_view company{x.company_id ? *x.company_id : std::string_view{}};
  const std::string_view type{x.type ? *x.type : std::string_view{}};
  if (x.company_id && x.type)
    return sql.query(index_query::counters_of_both, hours.from, hours.to, company, type);
  if (x.company_id)
    return sql.query(index_query::counters_of_company, hours.from, hours.to, company);
  if (x.type)
    return sql.query(index_query::counters_of_type, hours.from, hours.to, type);
  return sql.query(index_query::counters, hours.from, hours.to);
}

/// Gives the events behind a position, which the index does not count. False if the time is over.
template <class F>
bool each_behind(log_cursor& log, position at, std::chrono::steady_clock::time_point end, F use) {
  const auto head = log.head();
  at = std::max(at + 1, log.first());
  for (size_t n = 1; at <= head; ++at, ++n) {
    const auto* row = log.at(at);
    if (row == nullptr)
      break;
    use(*row);
    if (n % segment == 0 && std::chrono::steady_clock::now() >= end)
      return false;
  }
  return true;
}

} // namespace

expected<uint64_t> log_reader::count(const count_request& x, std::chrono::milliseconds deadline) {
  const auto end = clock::now() + deadline;
  return guarded([&]() -> expected<uint64_t> {
    log_.refresh();
    const auto last = std::min(x.up_to, log_.head());
    if (x.filter.is_everything())
      return last;
    uint64_t sum = 0;
    std::optional<position> next = 1;
    while (next && *next <= last) {
      auto part = with_index(is_indexed(x.filter), [&](index_reader* with) -> expected<uint64_t> {
        auto from = next;
        const auto n = count_segment(x.filter, from, last, with);
        next = from;
        return n;
      });
      if (!part)
        return part;
      sum += *part;
      if (next && clock::now() >= end)
        return too_slow();
    }
    return sum;
  });
}

uint64_t log_reader::count_segment(const event_filter& filter, std::optional<position>& from,
                                   position last, index_reader* with) {
  log_snapshot snapshot{log_, with};
  work_budget budget{segment};
  uint64_t count = 0;
  from = snapshot.walk({filter, sort_order::ascending, *from, last}, budget,
                       [&](position at, bool certain) {
                         const bool counts = certain && filter.payload.is_everything();
                         const auto* row = counts ? nullptr : log_.at(at);
                         if (counts || (row != nullptr && matches(filter, keys_of(*row))))
                           ++count;
                         return true;
                       });
  return count;
}

expected<stats_result> log_reader::stats(const stats_request& x) {
  return guarded([&] {
    log_.refresh();
    return with_index(true, [&](index_reader* with) { return stats_of(x, with); });
  });
}

expected<stats_result> log_reader::stats_of(const stats_request& x, index_reader* with) {
  const auto end = clock::now() + stats_deadline;
  const hour_range hours{x.from, x.to};
  stats_sum sum{x.bucket};
  position at = 0;
  if (with != nullptr) {
    transaction t{with->db(), transaction::kind::read};
    at = with->cursor();
    auto& sql = with->sql();
    const std::string_view company{x.company_id ? *x.company_id : std::string_view{}};
    auto row = x.company_id ? sql.query(index_query::counts, company, hours.from, hours.to)
                            : sql.query(index_query::totals, hours.from, hours.to);
    while (row.next())
      sum.add(row->integer(0), row->text(1), row->number(2));
  }
  const auto is_done = each_behind(log_, at, end, [&](const segments::record_view& row) {
    const auto hour = hour_of(row.time);
    if (hours.holds(hour) && (!x.company_id || row.company_id == *x.company_id))
      sum.add(hour, row.type, 1);
  });
  if (!is_done)
    return too_slow();
  return sum.result();
}

expected<counter_rows> log_reader::counters(const counters_request& x) {
  return guarded([&] {
    log_.refresh();
    return with_index(true, [&](index_reader* with) { return counters_of(x, with); });
  });
}

expected<counter_rows> log_reader::counters_of(const counters_request& x, index_reader* with) {
  const auto end = clock::now() + stats_deadline;
  const hour_range hours{x.from, x.to};
  counter_sum sum{x.by_day, std::clamp<size_t>(x.limit, 1, 10'000)};
  position at = 0;
  if (with != nullptr) {
    transaction t{with->db(), transaction::kind::read};
    at = with->cursor();
    auto row = counters_in(*with, x, hours);
    // They come by the hour.
    for (size_t n = 1; row.next() && !sum.is_beyond(row->integer(0)); ++n) {
      sum.add(row->integer(0), row->text(1), row->text(2), row->number(3));
      if (n % segment == 0 && clock::now() >= end)
        return too_slow();
    }
  }
  const auto is_done = each_behind(log_, at, end, [&](const segments::record_view& row) {
    const auto hour = hour_of(row.time);
    if (hours.holds(hour) && (!x.type || row.type == *x.type)
        && (!x.company_id || row.company_id == *x.company_id))
      sum.add(hour, row.type, row.company_id, 1);
  });
  if (!is_done)
    return too_slow();
  return sum.rows();
}

} // namespace carillon::sqlite
