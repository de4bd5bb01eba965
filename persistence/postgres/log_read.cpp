#include "messages/time.hpp"
#include "persistence/hours.hpp"
#include "persistence/postgres/log.hpp"

#include <algorithm>
#include <limits>

// How events are found: each condition has an index, and pages go by position.

namespace carillon::postgres {

namespace {

constexpr size_t most_events = 1'000;

/// A page of history ends after the event that exceeds this.
constexpr size_t query_page_bytes = 8UL * 1024 * 1024;

/// Rows that are fetched at a time, as long as their size is not known.
constexpr size_t first_rows = 64;

constexpr const char* event_columns
  = "SELECT seq, type, time, company_id, user_id, correlation_id, id, source, recorded_at, "
    "causation_id, traceparent, audience, metadata, data FROM event_log ";

std::string text_of(const pqxx::field& x) {
  return {x.c_str(), x.size()};
}

event_ptr event_of(const pqxx::row& row) {
  auto x = std::make_shared<event>();
  x->seq = row[0].as<position>();
  x->type = text_of(row[1]);
  x->time = from_micros(row[2].as<int64_t>());
  x->company_id = text_of(row[3]);
  x->user_id = text_of(row[4]);
  x->correlation_id = text_of(row[5]);
  x->id = text_of(row[6]);
  x->source = text_of(row[7]);
  x->recorded_at = from_micros(row[8].as<int64_t>());
  x->causation_id = text_of(row[9]);
  x->traceparent = text_of(row[10]);
  x->audience = static_cast<audience>(row[11].as<int>() & 3);
  x->metadata = text_of(row[12]);
  x->data = text_of(row[13]);
  return x;
}

/// A condition with its parameters.
class condition {
public:
  /// @param text with `#` for the parameter
  condition& add(std::string_view text, std::string value) {
    text_ += text_.empty() ? "WHERE " : " AND ";
    put(text, std::move(value));
    return *this;
  }

  condition& add(const event_filter& x) {
    if (x.company_id)
      add_key("company_id", *x.company_id);
    if (x.user_id)
      add_key("user_id", *x.user_id);
    if (x.correlation_id)
      add_key("correlation_id", *x.correlation_id);
    if (x.from)
      add("time >= #", std::to_string(to_micros(*x.from)));
    if (x.to)
      add("time < #", std::to_string(to_micros(*x.to)));
    add_types(x.types);
    return *this;
  }

  const std::string& text() const noexcept {
    return text_;
  }

  connection::parameters parameters() const {
    connection::parameters out;
    for (const auto& x : values_)
      out.push_back(x.c_str());
    return out;
  }

private:
  void put(std::string_view text, std::string value) {
    values_.push_back(std::move(value));
    for (auto c : text)
      if (c == '#')
        text_ += '$' + std::to_string(values_.size());
      else
        text_ += c;
  }

  void add_key(const std::string& column, const std::string& value) {
    add(column + " = #", value);
    // Only these are in its index.
    if (!value.empty())
      text_ += " AND " + column + " <> ''";
  }

  void add_types(const std::vector<type_pattern>& xs) {
    auto all = [](const type_pattern& x) { return x.is_everything(); };
    if (xs.empty() || std::any_of(xs.begin(), xs.end(), all))
      return;
    text_ += text_.empty() ? "WHERE (" : " AND (";
    for (bool first = true; const auto& x : xs) {
      text_ += std::exchange(first, false) ? "" : " OR ";
      if (!x.exact().empty()) {
        put("type = #", x.exact());
        continue;
      }
      // What begins with `order.` is before `order/`.
      auto end = x.prefix();
      ++end.back();
      put("(type >= # ", x.prefix());
      put("AND type < #)", end);
    }
    text_ += ')';
  }

  std::string text_;
  std::vector<std::string> values_;
};

/// How many rows fit into what is left, by what came so far.
size_t next_rows(size_t left, size_t bytes_left, size_t rows, size_t bytes) {
  if (rows == 0)
    return std::min(left, first_rows);
  auto fit = bytes_left / std::max<size_t>(bytes / rows, 1) + 1;
  return std::clamp<size_t>(std::min(left, fit), 1, most_events);
}

} // namespace

log::log(std::string url, postgres_options options, std::shared_ptr<node_lock> lock,
         std::shared_ptr<void> token)
  : db_(std::move(url), options, token == nullptr), lock_(std::move(lock)),
    token_(std::move(token)) {
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
  // What is up to the head stays as it is: later statements need no snapshot of it.
  auto ends = db_.ask("SELECT coalesce(max(seq), 0), coalesce(min(seq), 1) FROM event_log", {});
  event_page page;
  page.head = ends[0][0].as<position>();
  page.scanned_to = std::max(x.after, page.head);
  if (x.after >= page.head)
    return page;
  page.first = ends[0][1].as<position>();
  auto limit = std::max<size_t>(x.limit, 1);
  size_t bytes = 0;
  auto after = x.after;
  while (page.events.size() < limit && bytes < x.bytes) {
    auto rows = next_rows(limit - page.events.size(), x.bytes - bytes, page.events.size(), bytes);
    condition where;
    where.add("seq > #", std::to_string(after)).add("seq <= #", std::to_string(page.head));
    where.add(x.filter);
    auto found
      = db_.ask(event_columns + where.text() + " ORDER BY seq LIMIT " + std::to_string(rows),
                where.parameters());
    for (const auto& row : found) {
      page.events.push_back(event_of(row));
      bytes += footprint_bytes(*page.events.back());
      after = page.events.back()->seq;
      if (bytes >= x.bytes)
        break;
    }
    if (found.size() < rows && bytes < x.bytes)
      return page;
  }
  page.scanned_to = after;
  return page;
}

expected<query_page> log::query(const query_request& x) {
  return guarded([&]() -> expected<query_page> {
    const bool descending = x.order == sort_order::descending;
    constexpr auto most = static_cast<position>(std::numeric_limits<int64_t>::max());
    auto beyond = std::min(x.beyond.value_or(descending ? most : 0), most);
    auto limit = std::clamp<size_t>(x.limit, 1, most_events);
    query_page page;
    size_t bytes = 0;
    while (page.events.size() < limit && bytes < query_page_bytes) {
      auto rows = next_rows(limit - page.events.size(), query_page_bytes - bytes,
                            page.events.size(), bytes);
      condition where;
      where.add(descending ? "seq < #" : "seq > #", std::to_string(beyond)).add(x.filter);
      auto found = db_.ask(event_columns + where.text() + " ORDER BY seq"
                             + (descending ? " DESC LIMIT " : " LIMIT ") + std::to_string(rows + 1),
                           where.parameters());
      for (size_t i = 0; i < std::min<size_t>(found.size(), rows); ++i) {
        page.events.push_back(event_of(found[static_cast<pqxx::result::size_type>(i)]));
        bytes += footprint_bytes(*page.events.back());
        beyond = page.events.back()->seq;
        if (bytes >= query_page_bytes)
          break;
      }
      if (found.size() <= rows && bytes < query_page_bytes)
        return page;
    }
    page.next = beyond;
    return page;
  });
}

expected<event_ptr> log::find(const find_request& x) {
  return guarded([&]() -> expected<event_ptr> {
    condition where;
    if (x.seq != 0)
      where.add("seq = #", std::to_string(x.seq));
    else
      where.add("id = #", x.id);
    if (x.seq == 0 && x.source)
      where.add("source = #", *x.source);
    auto found
      = db_.ask(event_columns + where.text() + " ORDER BY seq LIMIT 1", where.parameters());
    if (found.empty())
      return failure{ec::not_found, "no such event", {}};
    return event_of(found[0]);
  });
}

expected<uint64_t> log::count(const count_request& x, std::chrono::milliseconds deadline) {
  return guarded([&]() -> expected<uint64_t> {
    auto last = std::min(x.up_to, current_head());
    if (x.filter.is_everything())
      return last;
    condition where;
    where.add("seq <= #", std::to_string(last)).add(x.filter);
    try {
      db_.begin("BEGIN READ ONLY; SET LOCAL statement_timeout = "
                + std::to_string(std::max<int64_t>(deadline.count(), 1)));
      auto found
        = db_.run_once("SELECT count(*) FROM event_log " + where.text(), where.parameters());
      db_.rollback();
      return found[0][0].as<uint64_t>();
    } catch (const pqxx::sql_error& error) {
      db_.rollback();
      if (error.sqlstate() != "57014")
        throw;
      return failure{
        ec::timeout, "counting took too long; narrow the filter down or try again later", {}};
    }
  });
}

expected<stats_result> log::stats(const stats_request& x) {
  return guarded([&]() -> expected<stats_result> {
    condition where;
    if (x.company_id)
      where.add("company_id = #", *x.company_id);
    if (x.from)
      where.add("hour >= #", std::to_string(hour_of(*x.from)));
    if (x.to)
      where.add("hour < #", std::to_string(hour_after(*x.to)));
    const char* bucket = x.bucket == stats_bucket::hour  ? "hour"
                         : x.bucket == stats_bucket::day ? "(hour - ((hour % 24) + 24) % 24)"
                                                         : "0::bigint";
    auto found
      = db_.ask(std::string{"SELECT "} + bucket + " AS bucket, type, sum(count)::bigint FROM "
                  + (x.company_id ? "event_counts " : "event_totals ") + where.text()
                  + " GROUP BY bucket, type ORDER BY bucket, type",
                where.parameters());
    stats_result out;
    for (const auto& row : found) {
      auto begin = begin_of_hour(row[0].as<int64_t>());
      if (out.rows.empty() || out.rows.back().begin != begin)
        out.rows.push_back({begin, {}});
      out.rows.back().counts.emplace(text_of(row[1]), row[2].as<uint64_t>());
    }
    return out;
  });
}

} // namespace carillon::postgres
