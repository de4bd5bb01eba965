#pragma once

#include "messages/events/event.hpp"
#include "messages/events/filter.hpp"

#include <chrono>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <vector>

namespace carillon {

/// Asks for the events after a position, for catch-up.
struct read_request {
  position after = 0;
  event_filter filter;
  /// Most events in the page.
  size_t limit = 1'000;
  /// The page ends after the event that exceeds this.
  size_t bytes = 4UL * 1024 * 1024;
};

/// A run of the log in ascending order.
struct event_page {
  std::vector<event_ptr> events;
  /// Everything up to here was scanned; reading continues after it. Never less than the request's
  /// `after`.
  position scanned_to = 0;
  /// Last position of the log when the page was read.
  position head = 0;
  /// First position that the log still has.
  position first = 1;
};

using event_page_ptr = std::shared_ptr<const event_page>;

/// By position: `ascending` is oldest first.
enum class sort_order : uint8_t { ascending, descending };

/// Asks for a page of history, ordered by position.
struct query_request {
  event_filter filter;
  /// Only events with this id: there may be one per company and source.
  std::optional<std::string> id;
  sort_order order = sort_order::descending;
  /// 1–1000.
  size_t limit = 100;
  /// Keyset: only positions beyond this one in the direction of the order.
  std::optional<position> beyond;
};

/// A page of history.
struct query_page {
  std::vector<event_ptr> events;
  /// Pass as `beyond` for the next page; empty at the end. A query looks at a
  /// bounded number of candidates, so a page may be short, even empty, and yet
  /// have a next one.
  std::optional<position> next;
};

using query_page_ptr = std::shared_ptr<const query_page>;

/// Asks for one event, by position or by id.
struct find_request {
  position seq = 0;
  /// Used if `seq` is 0.
  std::string id;
  /// Narrows `id` down; without it the oldest event with this id is found.
  std::optional<std::string> source;
  /// Only an event of this company is found; empty text: only one without a company.
  std::optional<std::string> company_id;
};

/// Asks how many events match, up to a position.
struct count_request {
  event_filter filter;
  /// Inclusive.
  position up_to = 0;
};

/// Length of a row of counts; `none` = one row for the whole time. Hours and days are of UTC.
enum class stats_bucket : uint8_t { none, hour, day };

/// Asks for counts per type, from the hourly counters: `from` is rounded down
/// and `to` up to the full hour.
struct stats_request {
  std::optional<std::string> company_id;
  std::optional<timestamp> from;
  std::optional<timestamp> to;
  stats_bucket bucket = stats_bucket::none;
};

/// Counts per type in one bucket.
struct stats_row {
  /// Begin of the bucket; the epoch for `stats_bucket::none`.
  timestamp begin;
  std::map<std::string, uint64_t> counts;
};

/// Rows in ascending order of `begin`; buckets without events are absent.
struct stats_result {
  std::vector<stats_row> rows;
};

using stats_result_ptr = std::shared_ptr<const stats_result>;

} // namespace carillon
