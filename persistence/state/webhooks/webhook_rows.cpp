#include "persistence/state/webhooks/webhook_rows.hpp"

#include "base/json/appender.hpp"
#include "messages/codec/codec.hpp"
#include "persistence/state/sql/database.hpp"

#include <rapidjson/document.h>

#include <charconv>

namespace carillon::sql {

namespace {

[[noreturn]] void unreadable(const char* what) {
  throw damage{what};
}

webhook_retry_policy schedule_from(std::string_view text) {
  webhook_retry_policy out;
  out.schedule.clear();
  const char* at = text.data();
  const char* const end = at + text.size();
  while (at < end) {
    int64_t seconds = 0;
    const auto [stop, error] = std::from_chars(at, end, seconds);
    if (error != std::errc{} || (stop < end && *stop != ','))
      unreadable("a webhook with an unreadable retry schedule");
    out.schedule.emplace_back(seconds);
    at = stop + 1;
  }
  return out;
}

std::vector<std::pair<std::string, std::string>> headers_from(std::string_view json) {
  rapidjson::Document all;
  all.Parse<rapidjson::kParseIterativeFlag>(json.data(), json.size());
  constexpr const char* what = "a webhook with unreadable headers";
  if (all.HasParseError() || !all.IsArray())
    unreadable(what);
  std::vector<std::pair<std::string, std::string>> out;
  for (const auto& x : all.GetArray()) {
    if (!x.IsArray() || x.Size() != 2 || !x[0].IsString() || !x[1].IsString())
      unreadable(what);
    out.emplace_back(std::string{x[0].GetString(), x[0].GetStringLength()},
                     std::string{x[1].GetString(), x[1].GetStringLength()});
  }
  return out;
}

payload_filter filter_from(std::string_view json) {
  if (json.empty())
    return {};
  auto out = payload_filter::parse(json);
  if (!out)
    unreadable("a webhook with an unreadable filter");
  return std::move(*out);
}

message_template message_from(std::string_view json) {
  if (json.empty())
    return {};
  auto out = message_template::parse(json);
  if (!out)
    unreadable("a webhook with an unreadable message");
  return std::move(*out);
}

std::optional<timestamp> time_of(const statement& row, int column) {
  if (row.null(column))
    return std::nullopt;
  return from_micros(row.integer(column));
}

webhook_delivery_state state_of(const statement& row, int column) {
  const auto x = row.integer(column);
  if (x < 0 || x > static_cast<int64_t>(webhook_delivery_state::failed))
    unreadable("a delivery in an unknown state");
  return static_cast<webhook_delivery_state>(x);
}

attempt_trigger trigger_of(const statement& row, int column) {
  const auto x = row.integer(column);
  if (x < 0 || x > static_cast<int64_t>(attempt_trigger::replay))
    unreadable("an attempt of an unknown trigger");
  return static_cast<attempt_trigger>(x);
}

http_fault fault_from(std::string_view name) {
  for (auto i = 0; i <= static_cast<int>(http_fault::not_sent); ++i)
    if (to_string(static_cast<http_fault>(i)) == name)
      return static_cast<http_fault>(i);
  unreadable("a delivery with an unknown fault");
}

/// Any negative time means that a phase was not reached.
double phase_of(const statement& row, int column) {
  const auto micros = row.integer(column);
  return micros < 0 ? -1.0 : static_cast<double>(micros) / 1'000.0;
}

} // namespace

std::string text_of(const std::vector<type_pattern>& xs) {
  std::string out;
  for (const auto& x : xs) {
    if (!out.empty())
      out += ',';
    out += x.text();
  }
  return out;
}

std::string text_of(const webhook_retry_policy& x) {
  std::string out;
  for (const auto pause : x.schedule) {
    if (!out.empty())
      out += ',';
    out += std::to_string(pause.count());
  }
  return out;
}

std::string text_of(const std::vector<std::pair<std::string, std::string>>& headers) {
  std::string out;
  json_appender json{out};
  json.begin_array();
  for (const auto& [name, value] : headers)
    json.begin_array().item(name).item(value).end_array();
  json.end_array();
  return out;
}

webhook webhook_of(const statement& row) {
  webhook x;
  x.id = row.number(0);
  auto& s = x.settings;
  s.company_id = row.string(1);
  s.url = row.string(2);
  auto types = parse_patterns(row.text(3));
  if (!types)
    unreadable("a webhook with unreadable types");
  s.types = std::move(*types);
  s.ordered = row.integer(4) != 0;
  s.max_in_flight = static_cast<uint32_t>(row.integer(5));
  s.rate_per_second = row.real(6);
  s.retry = schedule_from(row.text(7));
  s.headers = headers_from(row.text(8));
  s.description = row.string(9);
  x.disabled_reason = row.string(10);
  x.enabled = x.disabled_reason.empty();
  x.created_at = from_micros(row.integer(11));
  x.updated_at = from_micros(row.integer(12));
  x.awake_at = row.number(13);
  x.asleep_at = row.number(14);
  x.failing_since = time_of(row, 15);
  x.retrying = row.integer(16) != 0;
  s.private_targets = row.integer(17) != 0;
  s.filter = filter_from(row.text(18));
  s.message = message_from(row.text(19));
  return x;
}

webhook_delivery delivery_of(const statement& row) {
  webhook_delivery x;
  x.key = {row.number(1), row.number(2), row.number(3)};
  x.event_id = row.string(4);
  x.event_type = row.string(5);
  x.company_id = row.string(6);
  x.state = state_of(row, 7);
  x.attempts = static_cast<uint32_t>(row.integer(8));
  x.last_status = static_cast<int>(row.integer(9));
  x.last_fault = fault_from(row.text(10));
  x.next_at = time_of(row, 11);
  x.created_at = from_micros(row.integer(12));
  x.updated_at = from_micros(row.integer(13));
  return x;
}

webhook_attempt attempt_of(const statement& row, const webhook_delivery& of) {
  webhook_attempt x;
  x.delivery = of.key;
  x.event_id = of.event_id;
  x.event_type = of.event_type;
  x.company_id = of.company_id;
  x.number = static_cast<uint32_t>(row.integer(0));
  x.at = from_micros(row.integer(1));
  x.trigger = trigger_of(row, 2);
  x.url = row.string(3);
  auto response = std::make_shared<http_response>();
  response->status = static_cast<int>(row.integer(4));
  response->fault = fault_from(row.text(5));
  response->error = row.string(6);
  response->retry_after = row.string(7);
  response->body = row.string(8);
  response->remote_address = row.string(9);
  response->phases = {phase_of(row, 10), phase_of(row, 11), phase_of(row, 12), phase_of(row, 13),
                      phase_of(row, 14)};
  x.response = std::move(response);
  x.after = state_of(row, 15);
  x.next_at = time_of(row, 16);
  x.next_reason = row.string(17);
  return x;
}

} // namespace carillon::sql
