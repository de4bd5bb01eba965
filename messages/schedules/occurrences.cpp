#include "messages/schedules/occurrences.hpp"

#include <algorithm>
#include <utility>

namespace carillon {

using namespace std::chrono;

namespace {

constexpr uint64_t most_counted = 10'000;

failure bad_timing(std::string_view field, std::string detail) {
  return {ec::invalid_argument, std::move(detail), std::string{field}};
}

uint64_t count_between(const occurrences& all, timestamp first, timestamp before) {
  uint64_t out = 0;
  for (std::optional<timestamp> x = first; x && *x < before && out < most_counted; x = all.next(*x))
    ++out;
  return out;
}

} // namespace

expected<occurrences> occurrences::of(const schedule_timing& x) {
  const int given = (x.cron.empty() ? 0 : 1) + (x.every.count() == 0 ? 0 : 1) + (x.at ? 1 : 0);
  if (given != 1)
    return bad_timing("cron", "a schedule has one of cron, every and at");
  occurrences out;
  out.timing_ = x;
  if (x.every.count() != 0 && (x.every < seconds{1} || x.every > schedule_limits::longest_every))
    return bad_timing("every", "the time is 1s to 366d");
  if (x.cron.empty())
    return out;
  auto pattern = carillon::cron::parse(x.cron);
  if (!pattern)
    return pattern.error();
  auto zone = time_zone::find(x.time_zone);
  if (!zone)
    return zone.error();
  out.cron_ = *pattern;
  out.zone_ = std::move(*zone);
  return out;
}

std::optional<timestamp> occurrences::next(timestamp after) const {
  if (cron_)
    if (const auto x = cron_->next(floor<seconds>(after), *zone_))
      return timestamp{*x};
  if (timing_.every.count() > 0) {
    const auto since = floor<seconds>(after).time_since_epoch();
    // Times before 1970 do not occur.
    const auto n = std::max<int64_t>(since.count(), 0) / timing_.every.count() + 1;
    return timestamp{seconds{n * timing_.every.count()}};
  }
  if (timing_.at && *timing_.at > after)
    return timing_.at;
  return std::nullopt;
}

std::optional<timestamp> occurrences::latest(timestamp from, timestamp before) const {
  const auto first = next(from - microseconds{1});
  if (!first || *first >= before)
    return std::nullopt;
  // The last moment after which one follows before `before`, to the second.
  auto low = *first;
  auto high = before;
  while (high - low > seconds{1}) {
    const auto middle = low + (high - low) / 2;
    const auto x = next(middle);
    if (x && *x < before)
      low = *x;
    else
      high = middle;
  }
  const auto x = next(low);
  return x && *x < before ? x : low;
}

std::vector<timestamp> occurrences::next_ones(timestamp after, size_t n) const {
  std::vector<timestamp> out;
  for (auto x = next(after); x && out.size() < n; x = next(*x))
    out.push_back(*x);
  return out;
}

std::string id_of_occurrence(timestamp x) {
  auto out = to_rfc3339(x);
  constexpr std::string_view whole = ".000000Z";
  if (out.ends_with(whole))
    out.replace(out.size() - whole.size(), whole.size(), "Z");
  return out;
}

due_occurrences due_of(const occurrences& all, missed_rule rule, timestamp first, timestamp now,
                       timestamp late_before, size_t most) {
  due_occurrences out;
  auto begin = std::optional{first};
  const auto late_end = std::min(late_before, now + microseconds{1});
  if (rule != missed_rule::all && first < late_end) {
    out.skipped = count_between(all, first, late_end);
    begin = all.next(late_end - microseconds{1});
    const bool another = begin && *begin <= now;
    if (rule == missed_rule::once && !another)
      if (const auto x = all.latest(first, late_end)) {
        out.fired.push_back(*x);
        --out.skipped;
      }
  }
  while (begin && *begin <= now && out.fired.size() < most) {
    out.fired.push_back(*begin);
    begin = all.next(*begin);
  }
  out.next = begin;
  return out;
}

} // namespace carillon
