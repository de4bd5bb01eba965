#include "node/commands/webhooks/webhooks_settings_flags.hpp"

#include "messages/events/filter.hpp"
#include "messages/webhooks/settings.hpp"
#include "node/option_values.hpp"

#include <rapidjson/stringbuffer.h>
#include <rapidjson/writer.h>

#include <algorithm>
#include <string_view>

namespace carillon::commands {

namespace {

using json_writer = rapidjson::Writer<rapidjson::StringBuffer>;

constexpr auto max_pause_seconds = static_cast<uint64_t>(webhook_limits::retry_pause.count());

void write(json_writer& to, std::string_view text) {
  to.String(text.data(), static_cast<rapidjson::SizeType>(text.size()));
}

void write_text(json_writer& to, const char* name, const std::optional<std::string>& text) {
  if (!text)
    return;
  to.Key(name);
  write(to, *text);
}

expected<void> write_types(json_writer& to, const std::string& text) {
  auto patterns = parse_patterns(text);
  if (!patterns)
    return patterns.error();
  to.Key("types");
  to.StartArray();
  for (const auto& x : *patterns)
    write(to, x.text());
  to.EndArray();
  return {};
}

expected<void> write_headers(json_writer& to, const std::vector<std::string>& lines) {
  to.Key("headers");
  to.StartObject();
  for (const auto& line : lines) {
    auto header = parse_header(line);
    if (!header)
      return header.error();
    to.Key(header->first.c_str());
    write(to, header->second);
  }
  to.EndObject();
  return {};
}

expected<void> write_schedule(json_writer& to, const std::string& text) {
  auto pauses = parse_retry_schedule(text);
  if (!pauses)
    return pauses.error();
  to.Key("retrySchedule");
  to.StartArray();
  for (auto x : *pauses)
    to.Uint64(x);
  to.EndArray();
  return {};
}

std::string check_types(const std::string& text) {
  auto patterns = parse_patterns(text);
  return patterns ? std::string{} : patterns.error().detail;
}

std::string check_schedule(const std::string& text) {
  auto pauses = parse_retry_schedule(text);
  return pauses ? std::string{} : pauses.error().detail;
}

std::string check_header(const std::string& text) {
  auto header = parse_header(text);
  return header ? std::string{} : header.error().detail;
}

/// Place and cause of a fault.
std::string fault_text(const failure& x) {
  return x.detail + ", at " + x.field;
}

std::string check_filter(const std::string& text) {
  if (text == "null")
    return {};
  auto filter = payload_filter::parse(text);
  return filter ? std::string{} : fault_text(filter.error());
}

std::string check_message(const std::string& text) {
  if (text == "null")
    return {};
  auto message = message_template::parse(text);
  return message ? std::string{} : fault_text(message.error());
}

void write_json(json_writer& to, const char* name, const std::optional<std::string>& json) {
  if (!json)
    return;
  to.Key(name);
  to.RawValue(json->data(), json->size(), rapidjson::kObjectType);
}

/// CLI11 reads an empty text as "not given" when it writes an optional itself.
template <class T>
command_option* add_optional(command_line& command, const std::string& name, std::optional<T>& out,
                             const std::string& meaning) {
  return command.add_option_function<T>(
    name, [&out](const T& x) { out = x; }, meaning);
}

} // namespace

void add_settings_flags(command_line& command, webhook_settings_flags& out) {
  add_optional(command, "--types", out.types, "Event types, e.g. order.*,user.login; * = all")
    ->type_name("TYPES")
    ->check(check_types, "");
  command
    .add_option("--header", out.headers,
                "'Name: value', sent with every attempt; may be repeated. Others on this machine "
                "can see it while the command runs")
    ->type_name("HEADER")
    ->allow_extra_args(false) // The next argument is the id.
    ->check(check_header, "");
  auto* ordered = command.add_flag_callback(
    "--ordered", [&out] { out.ordered = true; },
    "One attempt at a time, in the order of the log: a failing event holds all that follow");
  command
    .add_flag_callback(
      "--unordered", [&out] { out.ordered = false; }, "A failing event holds none")
    ->excludes(ordered);
  add_optional(command, "--max-in-flight", out.max_in_flight, "Attempts under way at a time, 1-64")
    ->type_name("N");
  add_optional(command, "--rate", out.rate, "Most attempts per second; 0 = no limit")
    ->type_name("N");
  add_optional(command, "--retry-schedule", out.retry_schedule,
               "Pauses before attempt 2, 3, ..., in seconds or with a unit: 60,300 or 1m,5m; "
               "none = a single attempt")
    ->type_name("PAUSES")
    ->check(check_schedule, "");
  add_optional(command, "--description", out.description, "For people")->type_name("TEXT");
  add_optional(command, "--filter", out.filter,
               "Events with this in them, as JSON: {\"data.total\":{\"$gt\":100}}; null = all of "
               "these types")
    ->type_name("JSON")
    ->check(check_filter, "");
  add_optional(command, "--message", out.message,
               "What is sent, as JSON: {\"format\":\"slack\",\"template\":\"Order {{data.id}}\"}; "
               "null = the standard message")
    ->type_name("JSON")
    ->check(check_message, "");
  auto* permit = command.add_flag_callback(
    "--private-targets", [&out] { out.private_targets = true; },
    "It may call the private addresses that the node's --webhooks-allow names; only an admin of "
    "the "
    "node gives this");
  command
    .add_flag_callback(
      "--no-private-targets", [&out] { out.private_targets = false; },
      "It calls public addresses only")
    ->excludes(permit);
}

expected<std::vector<uint64_t>> parse_retry_schedule(const std::string& text) {
  std::vector<uint64_t> out;
  if (text == "none")
    return out;
  std::string_view rest{text};
  for (bool more = true; more;) {
    auto comma = rest.find(',');
    auto item = rest.substr(0, comma);
    more = comma != std::string_view::npos;
    rest.remove_prefix(more ? comma + 1 : rest.size());
    if (auto seconds = parse_count(item, 1, max_pause_seconds)) {
      out.push_back(*seconds);
      continue;
    }
    constexpr uint64_t second = 1'000;
    auto pause = parse_duration(item);
    auto ms = pause ? static_cast<uint64_t>(pause->count()) : 0;
    if (ms < second || ms > max_pause_seconds * second || ms % second != 0)
      return failure{ec::invalid_argument,
                     "'" + std::string{item} + "' is not a pause of 1 to 86400 seconds",
                     "retry-schedule"};
    out.push_back(ms / second);
  }
  return out;
}

expected<std::pair<std::string, std::string>> parse_header(const std::string& text) {
  auto colon = text.find(':');
  auto name = text.substr(0, colon);
  if (colon == std::string::npos || name.empty()
      || name.find_first_of(" \t\r\n") != std::string::npos || name.find('\0') != std::string::npos)
    return failure{ec::invalid_argument, "a header is given as 'Name: value'", "header"};
  auto begin = std::min(text.find_first_not_of(" \t", colon + 1), text.size());
  auto end = std::max(text.find_last_not_of(" \t") + 1, begin);
  return std::pair{std::move(name), text.substr(begin, end - begin)};
}

expected<std::string>
to_settings_json(const webhook_settings_flags& x,
                 const std::vector<std::pair<std::string, std::string>>& more) {
  rapidjson::StringBuffer out;
  json_writer to{out};
  to.StartObject();
  write_text(to, "companyId", x.company);
  write_text(to, "url", x.url);
  expected<void> done;
  if (x.types)
    done = write_types(to, *x.types);
  if (done && (x.no_headers || !x.headers.empty()))
    done = write_headers(to, x.headers);
  if (done && x.retry_schedule)
    done = write_schedule(to, *x.retry_schedule);
  if (!done)
    return done.error();
  if (x.ordered) {
    to.Key("ordered");
    to.Bool(*x.ordered);
  }
  if (x.max_in_flight) {
    to.Key("maxInFlight");
    to.Uint(*x.max_in_flight);
  }
  if (x.rate) {
    to.Key("ratePerSecond");
    if (!to.Double(*x.rate))
      return failure{ec::invalid_argument, "the rate is not a number", "rate"};
  }
  write_text(to, "description", x.description);
  if (x.private_targets) {
    to.Key("privateTargets");
    to.Bool(*x.private_targets);
  }
  write_json(to, "filter", x.filter);
  write_json(to, "message", x.message);
  for (const auto& [name, text] : more)
    write_text(to, name.c_str(), text);
  to.EndObject();
  return std::string{out.GetString(), out.GetSize()};
}

} // namespace carillon::commands
