#include "persistence/postgres/log/event_search.hpp"

#include "persistence/postgres/log/event_row.hpp"

#include <algorithm>

namespace carillon::postgres {

namespace {

/// Candidates per query.
constexpr size_t candidates_at_a_time = 2'048;
constexpr size_t least_of_part = 64;

/// A range so short that scanning every event is fastest.
constexpr position short_segment = 1'024;

std::string array_of(const std::vector<position>& xs) {
  std::string out = "{";
  for (auto x : xs)
    out += (out.size() > 1 ? "," : "") + std::to_string(x);
  return out + '}';
}

} // namespace

event_search::event_search(connection& db, const event_filter& filter, sort_order order,
                           const segment& all, size_t budget)
  : db_(db), order_(order), budget_(std::max<size_t>(budget, 1)) {
  if (all.low > all.high)
    return;
  prepare(filter, all);
}

void event_search::prepare(const event_filter& filter, const segment& all) {
  segments_.push_back(all);
  if (all.high - all.low < short_segment) {
    path_ = access_path::along_log(filter);
    short_ = true;
    return;
  }
  path_ = choose_path(db_, filter);
  if (path_.parts.empty()) {
    segments_.clear();
    return;
  }
  if (!filter.from && !filter.to)
    return;
  auto parts = segments_of(db_, filter, all, order_);
  segments_.assign(parts.parts.begin(), parts.parts.end());
  more_ = parts.more;
}

bool event_search::is_over() const {
  return found_.empty() && (segments_.empty() || budget_ == 0);
}

std::optional<position> event_search::rest() const {
  if (!found_.empty())
    return given_;
  if (segments_.empty() && !more_)
    return std::nullopt;
  return at_;
}

std::vector<event_ptr> event_search::next(size_t count) {
  std::vector<event_ptr> out;
  const bool exact = short_ || path_.rest.is_everything();
  while (out.size() < count && !is_over()) {
    if (!found_.empty())
      fetch_candidates(count - out.size(), out);
    else if (exact)
      find_rows(count - out.size(), out);
    else
      find_candidates();
  }
  return out;
}

void event_search::add_events(const pqxx::result& rows, std::vector<event_ptr>& out) {
  for (const auto& row : rows)
    out.push_back(event_of(row));
  if (!rows.empty())
    given_ = out.back()->seq;
}

void event_search::go_to(position x) {
  at_ = x;
  auto& now = segments_.front();
  if (order_ == sort_order::descending)
    now.high = x - 1;
  else
    now.low = x + 1;
  if (now.low > now.high)
    segments_.pop_front();
}

void event_search::find_rows(size_t count, std::vector<event_ptr>& out) {
  const bool descending = order_ == sort_order::descending;
  const auto now = segments_.front();
  sql_text sql;
  auto add_part = [&](std::string_view columns, size_t part) {
    sql.add("SELECT ").add(columns).add(" FROM event_log WHERE ");
    add_range(sql, path_, part, now);
    if (short_)
      add_conditions(sql, path_.rest, " AND ");
    add_order(sql, path_, descending);
    sql.add(" LIMIT ").value(count);
  };
  if (path_.parts.size() == 1) {
    add_part(event_columns, 0);
  } else {
    // The nearest candidates of all parts; only their rows are read.
    sql.add("SELECT ")
      .add(event_columns)
      .add(" FROM event_log WHERE seq = ANY (ARRAY(SELECT seq FROM (");
    for (size_t part = 0; part < path_.parts.size(); ++part) {
      sql.add(part == 0 ? "(" : " UNION ALL (");
      add_part("seq", part);
      sql.add(")");
    }
    sql.add(") AS found ORDER BY seq").add(descending ? " DESC" : "").add(" LIMIT ").value(count);
    sql.add(")) ORDER BY seq").add(descending ? " DESC" : "");
  }
  auto rows = db_.ask(sql.text(), sql.parameters());
  add_events(rows, out);
  go_to(rows.size() < count ? (descending ? now.low : now.high) : out.back()->seq);
}

void event_search::find_candidates() {
  const bool descending = order_ == sort_order::descending;
  const auto now = segments_.front();
  auto limit
    = std::min(budget_, std::max(candidates_at_a_time / path_.parts.size(), least_of_part));
  sql_text sql;
  for (size_t part = 0; part < path_.parts.size(); ++part) {
    sql.add(part == 0 ? "(" : " UNION ALL (").add("SELECT ").add(std::to_string(part)).add(", seq");
    add_conditions(sql, path_.rest, ", ");
    sql.add(" FROM event_log WHERE ");
    add_range(sql, path_, part, now);
    add_order(sql, path_, descending);
    sql.add(" LIMIT ").value(limit).add(")");
  }
  // A part with more candidates is known only up to its last one; this limits all parts.
  auto horizon = descending ? now.low : now.high;
  std::vector<size_t> counts(path_.parts.size());
  auto rows = db_.ask(sql.text(), sql.parameters());
  for (const auto& row : rows)
    if (auto seq = row[1].as<position>();
        ++counts[row[0].as<size_t>()] == limit && before(seq, horizon))
      horizon = seq;
  for (const auto& row : rows) {
    auto seq = row[1].as<position>();
    if (before(horizon, seq))
      continue;
    budget_ -= budget_ > 0 ? 1 : 0;
    if (*row[2].c_str() == 't')
      found_.push_back(seq);
  }
  std::sort(found_.begin(), found_.end(), [this](auto a, auto b) { return before(a, b); });
  go_to(horizon);
}

void event_search::fetch_candidates(size_t count, std::vector<event_ptr>& out) {
  auto end = found_.begin() + static_cast<std::ptrdiff_t>(std::min(count, found_.size()));
  auto wanted = array_of({found_.begin(), end});
  sql_text sql;
  sql.add("SELECT ").add(event_columns).add(" FROM event_log WHERE seq = ANY (").value(wanted);
  sql.add("::bigint[]) ORDER BY seq").add(order_ == sort_order::descending ? " DESC" : "");
  add_events(db_.ask(sql.text(), sql.parameters()), out);
  found_.erase(found_.begin(), end);
}

} // namespace carillon::postgres
