#include "messages/schedules/definition.hpp"

#include "base/json/appender.hpp"
#include "base/json/strict_json.hpp"
#include "messages/consumers/consumer.hpp"
#include "messages/schedules/occurrences.hpp"

#include <algorithm>
#include <array>
#include <utility>

namespace carillon {

namespace {

constexpr std::array<std::pair<std::string_view, missed_rule>, 3> missed_rules{
  {{"skip", missed_rule::skip}, {"once", missed_rule::once}, {"all", missed_rule::all}}};

/// From the largest to the smallest.
constexpr std::array<std::pair<char, int64_t>, 4> every_units{
  {{'d', 86'400}, {'h', 3'600}, {'m', 60}, {'s', 1}}};

failure bad_schedule(std::string_view field, std::string detail) {
  return {ec::invalid_argument, std::move(detail), std::string{field}};
}

failure damaged_schedule() {
  return {ec::store_corrupt, "a schedule cannot be read", {}};
}

} // namespace

std::string_view name_of(missed_rule x) noexcept {
  return missed_rules[static_cast<size_t>(x)].first;
}

std::optional<missed_rule> missed_rule_of(std::string_view name) noexcept {
  for (const auto& [known, rule] : missed_rules)
    if (known == name)
      return rule;
  return std::nullopt;
}

bool is_schedule_name(std::string_view x) noexcept {
  return is_consumer_name(x);
}

expected<void> check_schedule(const schedule_definition& x) {
  if (!is_schedule_name(x.name))
    return bad_schedule("name", "a name is 1 to 64 of [a-z0-9._-], beginning with a letter");
  if (!x.company_id.empty() && !is_identifier(x.company_id))
    return bad_schedule("companyId", "the company is 1 to 128 bytes without control characters");
  if (const auto made = occurrences::of(x.timing); !made)
    return made.error();
  return {};
}

std::optional<std::chrono::seconds> every_of(std::string_view text) noexcept {
  if (text.size() < 2 || text.size() > 10)
    return std::nullopt;
  const auto unit = std::find_if(every_units.begin(), every_units.end(),
                                 [&](const auto& x) { return x.first == text.back(); });
  if (unit == every_units.end())
    return std::nullopt;
  int64_t n = 0;
  for (const auto c : text.substr(0, text.size() - 1)) {
    if (c < '0' || c > '9')
      return std::nullopt;
    n = n * 10 + (c - '0');
  }
  const std::chrono::seconds out{n * unit->second};
  if (n == 0 || out > schedule_limits::longest_every)
    return std::nullopt;
  return out;
}

std::string text_of_every(std::chrono::seconds x) {
  for (const auto& [name, size] : every_units)
    if (x.count() % size == 0)
      return std::to_string(x.count() / size) + name;
  return {};
}

std::string source_of_schedule(std::string_view name) {
  return "/schedules/" + std::string{name};
}

std::string json_of(const schedule_definition& x) {
  std::string out;
  json_appender json{out};
  json.begin_object();
  if (!x.timing.cron.empty())
    json.member("cron", x.timing.cron).member("timeZone", x.timing.time_zone);
  if (x.timing.every.count() > 0)
    json.member("every", text_of_every(x.timing.every));
  if (x.timing.at)
    json.member("at", *x.timing.at);
  json.member("missed", name_of(x.missed)).raw("event", x.event).end_object();
  return out;
}

expected<schedule_definition> schedule_from_json(std::string_view json) {
  const auto parsed = parse_strict_object(json, max_json_depth + 1);
  if (!parsed)
    return damaged_schedule();
  schedule_definition out;
  out.timing.cron = find_text(*parsed, "cron").value_or("");
  out.timing.time_zone = find_text(*parsed, "timeZone").value_or("UTC");
  if (const auto every = find_text(*parsed, "every"))
    out.timing.every = every_of(*every).value_or(std::chrono::seconds{0});
  if (const auto at = find_text(*parsed, "at"))
    out.timing.at = from_rfc3339(*at);
  const auto missed = missed_rule_of(find_text(*parsed, "missed").value_or(""));
  out.event = member_text(json, "event");
  if (!missed || out.event.empty())
    return damaged_schedule();
  out.missed = *missed;
  return out;
}

} // namespace carillon
