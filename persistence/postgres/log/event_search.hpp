#pragma once

#include "messages/events/event.hpp"
#include "messages/events/log_requests.hpp"
#include "persistence/postgres/log/access_path.hpp"
#include "persistence/postgres/log/zones.hpp"

#include <deque>
#include <optional>
#include <vector>

namespace carillon::postgres {

/// Finds the events of a log range that match a filter, in order, examining a bounded number of
/// candidates. Calls throw.
class event_search {
public:
  /// @param budget about the number of non-matching candidates that may be examined
  event_search(connection& db, const event_filter& filter, sort_order order, const segment& all,
               size_t budget);

  /// The next events; fewer than `count` only if the range or the budget is exhausted.
  std::vector<event_ptr> next(size_t count);

  /// Where to continue if there may be more: everything up to here, in the order, was examined.
  std::optional<position> rest() const;

private:
  void prepare(const event_filter& filter, const segment& all);
  bool is_over() const;
  void find_rows(size_t count, std::vector<event_ptr>& out);
  void find_candidates();
  void fetch_candidates(size_t count, std::vector<event_ptr>& out);
  void add_events(const pqxx::result& rows, std::vector<event_ptr>& out);
  /// Everything up to here was examined.
  void go_to(position x);
  bool before(position a, position b) const {
    return order_ == sort_order::descending ? a > b : a < b;
  }

  connection& db_;
  sort_order order_;
  /// Left of the budget.
  size_t budget_;
  access_path path_;
  /// The same statement checks the conditions beyond the index, since the range is small.
  bool short_ = false;
  std::deque<segment> segments_;
  /// There is more behind the ranges.
  bool more_ = false;
  /// Candidates that match.
  std::deque<position> found_;
  /// Everything up to here was examined, and up to `given_` it was returned.
  position at_ = 0;
  position given_ = 0;
};

} // namespace carillon::postgres
