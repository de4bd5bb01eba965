#include "net/admin/query_reader.hpp"

#include "net/admin/operations.hpp"
#include "net/cursor.hpp"

#include <algorithm>

namespace carillon::admin {

const std::string* query_reader::find(std::string_view name) const {
  auto i = call_.query.find(name);
  return i == call_.query.end() ? nullptr : &i->second;
}

void query_reader::fail(ec code, std::string_view field, std::string detail) {
  if (!fault_)
    fault_ = failure{code, std::move(detail), std::string{field}};
}

size_t query_reader::limit(size_t otherwise, size_t most) {
  const auto* text = find("limit");
  if (text == nullptr)
    return otherwise;
  auto out = number_from(*text);
  if (!out || *out == 0 || *out > most) {
    fail(ec::invalid_argument, "limit", "the limit is a number from 1 to " + std::to_string(most));
    return otherwise;
  }
  return *out;
}

sort_order query_reader::order() {
  const auto* text = find("order");
  if (text == nullptr || *text == "desc")
    return sort_order::descending;
  if (*text != "asc")
    fail(ec::invalid_argument, "order", "the order is asc or desc");
  return sort_order::ascending;
}

uint64_t query_reader::list() const {
  list_hash out;
  out.add(call_.at.pattern);
  for (const auto& argument : call_.arguments)
    out.add(argument);
  out.add(call_.who.company_id);
  for (const auto& [name, value] : call_.query) {
    if (name == "limit" || name == "cursor")
      continue;
    out.add(name);
    out.add(value);
  }
  return out.value();
}

std::optional<uint64_t> query_reader::cursor() {
  const auto* text = find("cursor");
  if (text == nullptr)
    return std::nullopt;
  auto out = read_cursor(*text, list());
  if (out)
    return *out;
  if (!fault_)
    fault_ = out.error();
  return std::nullopt;
}

std::optional<std::pair<uint64_t, uint64_t>> query_reader::cursor_pair() {
  const auto* text = find("cursor");
  if (text == nullptr)
    return std::nullopt;
  std::string_view first{*text};
  auto dot = std::min(first.find('.'), first.size());
  auto second = first.substr(std::min(dot + 1, first.size()));
  auto x = read_cursor(first.substr(0, dot), list());
  auto y = read_cursor(second, list());
  if (x && y)
    return std::pair{*x, *y};
  if (!fault_)
    fault_ = x ? y.error() : x.error();
  return std::nullopt;
}

void query_reader::put_next_pair(json_writer& out,
                                 std::optional<std::pair<uint64_t, uint64_t>> x) const {
  if (!x) {
    out.null("nextCursor");
    return;
  }
  auto text = make_cursor(x->first, list()) + '.' + make_cursor(x->second, list());
  out.member("nextCursor", std::string_view{text});
}

std::string query_reader::cursor_text() {
  const auto* text = find("cursor");
  if (text == nullptr)
    return {};
  auto out = read_text_cursor(*text, list());
  if (out)
    return std::move(*out);
  if (!fault_)
    fault_ = out.error();
  return {};
}

void query_reader::put_next_text(json_writer& out, std::string_view x) const {
  if (x.empty())
    out.null("nextCursor");
  else
    out.member("nextCursor", std::string_view{make_text_cursor(x, list())});
}

bool query_reader::flag(std::string_view name) {
  const auto* text = find(name);
  if (text == nullptr || *text == "false" || *text == "0")
    return false;
  if (*text != "true" && *text != "1")
    fail(ec::invalid_argument, name, "the value is true or false");
  return true;
}

void query_reader::put_next(json_writer& out, std::optional<uint64_t> number) const {
  if (number)
    out.member("nextCursor", std::string_view{make_cursor(*number, list())});
  else
    out.null("nextCursor");
}

std::string query_reader::cursor_of(uint64_t number) const {
  return make_cursor(number, list());
}

std::optional<std::string> query_reader::text(std::string_view name) {
  constexpr size_t most_bytes = 512;
  const auto* found = find(name);
  if (found == nullptr)
    return std::nullopt;
  if (found->size() > most_bytes)
    fail(ec::invalid_argument, name, "the value is longer than 512 bytes");
  return *found;
}

std::optional<history_position> query_reader::place(std::string_view name) {
  const auto* text = find(name);
  if (text == nullptr)
    return std::nullopt;
  auto out = history_position_from(*text);
  if (out)
    return std::move(*out);
  fail(ec::invalid_argument, name, out.error().detail);
  return std::nullopt;
}

std::optional<uint64_t> query_reader::position(std::string_view name) {
  const auto* text = find(name);
  if (text == nullptr)
    return std::nullopt;
  auto out = number_from(*text);
  if (!out)
    fail(ec::invalid_argument, name, "the value is not a position");
  return out;
}

std::optional<std::string> query_reader::company() {
  auto asked = identifier("companyId", event_limits::id_bytes);
  if (!call_.who.is_bound())
    return asked;
  if (asked && *asked != call_.who.company_id)
    fail(ec::forbidden, "companyId", "this API key sees its own company only");
  return call_.who.company_id;
}

std::optional<std::string> query_reader::identifier(std::string_view name, size_t most) {
  const auto* text = find(name);
  if (text == nullptr)
    return std::nullopt;
  if (!is_identifier(*text, most))
    fail(ec::invalid_argument, name, "the value is too long or has control characters");
  return *text;
}

std::optional<timestamp> query_reader::date(std::string_view name) {
  const auto* text = find(name);
  if (text == nullptr)
    return std::nullopt;
  auto out = from_date_or_time(*text);
  if (!out)
    fail(ec::invalid_argument, name,
         "the value is neither YYYY-MM-DD nor an RFC 3339 time; in a query, + is written %2B");
  return out;
}

void query_reader::range(std::optional<timestamp>& from, std::optional<timestamp>& to) {
  from = date("startDate");
  to = date("endDate");
  if (from && to && *to < *from)
    fail(ec::invalid_argument, "endDate", "the end is before the start");
}

stats_bucket query_reader::bucket() {
  const auto* text = find("bucket");
  if (text == nullptr)
    return stats_bucket::none;
  if (*text == "hour")
    return stats_bucket::hour;
  if (*text != "day")
    fail(ec::invalid_argument, "bucket", "the bucket is hour or day");
  return stats_bucket::day;
}

event_filter query_reader::filter() {
  event_filter out;
  if (const auto* text = find("types"); text != nullptr) {
    auto patterns = parse_patterns(*text);
    if (patterns)
      out.types = std::move(*patterns);
    else
      fail(patterns.error().code, "types", patterns.error().detail);
  }
  out.company_id = company();
  out.user_id = identifier("userId");
  out.correlation_id = identifier("correlationId");
  range(out.from, out.to);
  if (const auto* text = find("filter"); text != nullptr) {
    auto payload = payload_filter::parse(*text);
    if (payload)
      out.payload = std::move(*payload);
    else
      fail(payload.error().code, payload.error().field, payload.error().detail);
  }
  return out;
}

} // namespace carillon::admin
