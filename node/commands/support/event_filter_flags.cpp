#include "node/commands/support/event_filter_flags.hpp"

#include "base/time.hpp"

namespace carillon::commands {

namespace {

std::string check_date(const std::string& text) {
  return from_date_or_time(text) ? std::string{}
                                 : "'" + text + "' is neither YYYY-MM-DD nor an RFC 3339 time";
}

std::string check_types(const std::string& text) {
  auto patterns = parse_patterns(text);
  return patterns ? std::string{} : patterns.error().detail;
}

std::optional<std::string> given(const std::string& x) {
  return x.empty() ? std::nullopt : std::optional{x};
}

void add_names(command_line& command, event_filter_flags& out) {
  command.add_option("--types", out.types, "Event types, e.g. order.*,user.login")
    ->type_name("TYPES")
    ->check(check_types, "");
  command.add_option("--company", out.company, "Events of this company")->type_name("ID");
  command.add_option("--user", out.user, "Events of this user")->type_name("ID");
  command.add_option("--correlation", out.correlation, "Events with this correlation id")
    ->type_name("ID");
}

void add_payload(command_line& command, event_filter_flags& out) {
  command
    .add_option("--filter", out.filter,
                "Events with this in them, as JSON: {\"data.total\":{\"$gt\":100}}")
    ->type_name("JSON")
    ->check(check_payload_filter, "");
}

} // namespace

std::string check_payload_filter(const std::string& text) {
  auto filter = payload_filter::parse(text);
  return filter ? std::string{} : filter.error().detail + ", at " + filter.error().field;
}

void add_filter_flags(command_line& command, event_filter_flags& out) {
  add_names(command, out);
  command.add_option("--from", out.from, "From this time on, YYYY-MM-DD or RFC 3339")
    ->type_name("DATE")
    ->check(check_date, "");
  command.add_option("--to", out.to, "Before this time")->type_name("DATE")->check(check_date, "");
  add_payload(command, out);
}

void add_selection_flags(command_line& command, event_filter_flags& out) {
  add_names(command, out);
  add_payload(command, out);
}

query_parameters to_query(const event_filter_flags& x) {
  return {{"types", x.types},    {"companyId", x.company},
          {"userId", x.user},    {"correlationId", x.correlation},
          {"startDate", x.from}, {"endDate", x.to},
          {"filter", x.filter}};
}

expected<event_filter> to_filter(const event_filter_flags& x) {
  event_filter out;
  auto patterns = parse_patterns(x.types);
  if (!patterns)
    return patterns.error();
  out.types = std::move(*patterns);
  out.company_id = given(x.company);
  out.user_id = given(x.user);
  out.correlation_id = given(x.correlation);
  out.from = from_date_or_time(x.from);
  out.to = from_date_or_time(x.to);
  if (!x.filter.empty()) {
    auto payload = payload_filter::parse(x.filter);
    if (!payload)
      return payload.error();
    out.payload = std::move(*payload);
  }
  return out;
}

expected<std::string> to_filter_json(const event_filter_flags& x) {
  const auto filter = to_filter(x);
  if (!filter)
    return filter.error();
  return to_json(*filter);
}

} // namespace carillon::commands
