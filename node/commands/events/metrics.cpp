#include "base/json/appender.hpp"
#include "base/text/printable.hpp"
#include "base/text/uri.hpp"
#include "messages/measures/definition.hpp"
#include "node/commands/support/event_filter_flags.hpp"
#include "node/commands/support/printable.hpp"
#include "node/commands/support/subcommand.hpp"
#include "node/commands/support/table.hpp"

#include <array>
#include <iostream>
#include <string_view>
#include <utility>
#include <vector>

// `metrics list`, `show`, `put`, `delete`, `backfill`, `series`.

namespace carillon::commands {

// Names of its own: a build may compile all commands as one.
namespace metrics_command {
namespace {

struct definitions_flags : answer_flags {
  std::string company;
};

struct definition_flags : definitions_flags {
  std::string name;
};

struct define_flags : definition_flags {
  std::vector<std::string> types;
  std::string filter;
  std::string member;
  std::string group_by;
  std::vector<std::string> measures;
};

struct backfill_flags : definition_flags {
  std::string since;
};

struct series_flags : definition_flags {
  std::string from;
  std::string to;
  std::string bucket;
};

std::string definition_path(const definition_flags& flags, const char* rest = "") {
  auto out = "/api/metrics/definitions/" + as_path_segment(flags.name) + rest;
  return flags.company.empty() ? out : out + "?companyId=" + as_path_segment(flags.company);
}

// -- text -----------------------------------------------------------------------

std::string joined(const rapidjson::Value& x, const char* name) {
  std::string out;
  const auto found = x.FindMember(name);
  if (found != x.MemberEnd() && found->value.IsArray())
    for (const auto& y : found->value.GetArray())
      if (y.IsString())
        out += (out.empty() ? "" : ", ") + printable({y.GetString(), y.GetStringLength()});
  return out.empty() ? "-" : out;
}

/// What is in the events, as JSON; numbers as they are read here.
std::string filter_of(const rapidjson::Value& x) {
  const auto filter = x.FindMember("filter");
  return filter != x.MemberEnd() && filter->value.IsObject() ? printable(to_text(filter->value))
                                                             : "-";
}

std::string backfill_in(const rapidjson::Value& x) {
  const auto found = x.FindMember("backfill");
  if (found == x.MemberEnd() || !found->value.IsObject())
    return "-";
  const auto done = found->value.FindMember("done");
  if (done != found->value.MemberEnd() && done->value.IsTrue())
    return "done";
  return std::to_string(number_member(found->value, "position")) + " of "
         + std::to_string(number_member(found->value, "end"));
}

std::string definition_row(const std::string& name, const std::string& company,
                           const std::string& member, const std::string& measures,
                           const std::string& backfill) {
  return table_row({{name, 24}, {company, 16}, {member, 20}, {measures, 28}, {backfill}});
}

std::string row_of_definition(const rapidjson::Value& x) {
  return definition_row(shown_member(x, "name"), shown_member(x, "companyId"),
                        shown_member(x, "member"), joined(x, "measures"), backfill_in(x));
}

std::string definition_text(const rapidjson::Value& x) {
  const auto live = number_member(x, "liveFrom");
  return named_line("name", shown_member(x, "name"))
         + named_line("company", shown_member(x, "companyId"))
         + named_line("types", joined(x, "types")) + named_line("filter", filter_of(x))
         + named_line("member", shown_member(x, "member"))
         + named_line("group by", shown_member(x, "groupBy"))
         + named_line("measures", joined(x, "measures"))
         + named_line("live from", live == 0 ? "-" : std::to_string(live))
         + named_line("backfill", backfill_in(x));
}

std::string series_row(const std::string& begin, const std::string& company,
                       const std::string& type, const std::string& group, const std::string& count,
                       const std::array<std::string, 5>& values) {
  return table_row({{begin, 17},
                    {company, 16},
                    {type, 24},
                    {group, 12},
                    {count, -9},
                    {values[0], -16},
                    {values[1], -14},
                    {values[2], -12},
                    {values[3], -12},
                    {values[4], -9}});
}

std::string distinct_in(const rapidjson::Value& x) {
  return x.HasMember("distinct") ? std::to_string(number_member(x, "distinct")) : "-";
}

std::string row_of_series(const rapidjson::Value& x) {
  const auto other = x.FindMember("other");
  const auto is_other = other != x.MemberEnd() && other->value.IsTrue();
  return series_row(text_member(x, "begin").substr(0, 16) + "Z", shown_member(x, "companyId"),
                    shown_member(x, "type"), is_other ? "(other)" : shown_member(x, "group"),
                    std::to_string(number_member(x, "count")),
                    {shown_member(x, "sum"), shown_member(x, "avg"), shown_member(x, "min"),
                     shown_member(x, "max"), distinct_in(x)});
}

// -- calls ----------------------------------------------------------------------

int list_definitions(const definitions_flags& flags) {
  return print_entries(
    flags, {.path = "/api/metrics/definitions",
            .query = {{"companyId", flags.company}},
            .name = "definitions",
            .title = definition_row("name", "company", "member", "measures", "backfill"),
            .row = row_of_definition,
            .range = {}});
}

int show_one_definition(const definition_flags& flags) {
  return print_answer(
    flags, [&](auto& client) { return client.get(definition_path(flags)); }, definition_text);
}

void put_texts(json_appender& json, const char* name, const std::vector<std::string>& texts) {
  json.begin_array(name);
  for (const auto& x : texts)
    json.item(x);
  json.end_array();
}

int define(const define_flags& flags) {
  std::string body;
  json_appender json{body};
  json.begin_object();
  put_texts(json, "types", flags.types);
  if (!flags.filter.empty())
    json.raw("filter", flags.filter);
  json.member("member", flags.member).member_unless_empty("groupBy", flags.group_by);
  put_texts(json, "measures", flags.measures);
  json.end_object();
  return print_answer(
    flags, [&](auto& client) { return client.put(definition_path(flags), body); }, definition_text);
}

int delete_one_definition(const definition_flags& flags) {
  return print_removal(flags, definition_path(flags),
                       "definition " + printable(flags.name) + " deleted\n");
}

int backfill(const backfill_flags& flags) {
  std::string body;
  json_appender{body}.begin_object().member_unless_empty("since", flags.since).end_object();
  return print_answer(
    flags, [&](auto& client) { return client.post(definition_path(flags, "/backfill"), body); },
    definition_text);
}

/// Prints one page; returns the cursor of the next one, empty at the end.
std::string print_page(const rapidjson::Value& page, bool as_json) {
  const auto rows = page.FindMember("series");
  if (rows != page.MemberEnd() && rows->value.IsArray())
    for (const auto& x : rows->value.GetArray())
      std::cout << (as_json ? to_text(x) + '\n' : row_of_series(x));
  return text_member(page, "nextCursor");
}

/// Pages end with a bucket, so they have no limit of ours: all of them are printed.
int print_series(const series_flags& flags) {
  auto client = api_client::make(flags.connection);
  if (!client)
    return report(client.error());
  std::string cursor;
  bool first = true;
  do {
    const auto page = json_of(client->get("/api/metrics/measures", {{"name", flags.name},
                                                                    {"companyId", flags.company},
                                                                    {"startDate", flags.from},
                                                                    {"endDate", flags.to},
                                                                    {"bucket", flags.bucket},
                                                                    {"cursor", cursor}}));
    if (!page)
      return report(page.error());
    if (std::exchange(first, false) && !flags.json)
      std::cout << series_row("begin", "company", "type", "group", "count",
                              {"sum", "avg", "min", "max", "distinct"});
    cursor = print_page(*page, flags.json);
  } while (!cursor.empty());
  return success;
}

// -- flags ----------------------------------------------------------------------

std::string check_measure_name(const std::string& text) {
  return is_measure_name(text)
           ? std::string{}
           : "'" + text + "' is no name: 1 to 64 of [a-z0-9._-], beginning with a letter";
}

std::string check_pointer(const std::string& text) {
  return is_member_pointer(text) ? std::string{}
                                 : "'" + text + "' is no JSON pointer into data, as /total";
}

std::string check_type_pattern(const std::string& text) {
  return type_pattern::parse(text) ? std::string{} : "'" + text + "' is no event type, type.* or *";
}

void add_company_of_definition(command_line& command, definitions_flags& flags,
                               const std::string& meaning) {
  command.add_option("--company", flags.company, meaning)->type_name("ID");
}

template <class Flags>
command_line* add_definition_command(command_line& metrics, const std::string& name,
                                     const std::string& meaning,
                                     const std::shared_ptr<Flags>& flags, action& chosen,
                                     int (*what)(const Flags&)) {
  auto* command = add_command(metrics, name, meaning, flags, chosen, what);
  command->add_option("name", flags->name, "Name of the definition")
    ->type_name("NAME")
    ->required()
    ->check(check_measure_name, "");
  add_json_flag(*command, flags->json);
  return command;
}

void add_define(command_line& metrics, action& chosen) {
  auto flags = std::make_shared<define_flags>();
  auto* command = add_definition_command(metrics, "put",
                                         "Make a definition, or replace it: what the former one "
                                         "measured is forgotten",
                                         flags, chosen, define);
  add_company_of_definition(*command, *flags, "Only events of this company, which owns it");
  command->add_option("--types", flags->types, "Event types, as order.created,order.*")
    ->type_name("TYPES")
    ->delimiter(',')
    ->allow_extra_args(false) // The next argument is the name.
    ->required()
    ->check(check_type_pattern, "");
  command
    ->add_option("--filter", flags->filter,
                 "Which of these, by what is in them: {\"data.paid\":true}")
    ->type_name("JSON")
    ->check(check_payload_filter, "");
  command->add_option("--member", flags->member, "JSON pointer into data, as /total")
    ->type_name("POINTER")
    ->required()
    ->check(check_pointer, "");
  command
    ->add_option("--group-by", flags->group_by,
                 "JSON pointer into data, as /currency: a series for each value")
    ->type_name("POINTER")
    ->check(check_pointer, "");
  command->add_option("--measures", flags->measures, "Of sum, avg, min, max, distinct")
    ->type_name("NAMES")
    ->delimiter(',')
    ->allow_extra_args(false)
    ->required()
    ->one_of({"sum", "avg", "min", "max", "distinct"});
}

void add_series(command_line& metrics, action& chosen) {
  auto flags = std::make_shared<series_flags>();
  auto* command = add_definition_command(
    metrics, "series", "Print what a definition measured, by hour or day, company, type and group",
    flags, chosen, print_series);
  add_company_of_definition(*command, *flags, "Events of this company");
  command->add_option("--from", flags->from, "From this hour on, YYYY-MM-DD or RFC 3339")
    ->type_name("DATE");
  command->add_option("--to", flags->to, "Up to this hour")->type_name("DATE");
  command->add_option("--bucket", flags->bucket, "One row per hour (default) or day")
    ->one_of({"hour", "day"});
}

} // namespace
} // namespace metrics_command

void add_metrics(command_line& root, action& chosen) {
  using namespace metrics_command;
  auto* metrics = root.add_subcommand(
    "metrics", "Define what is measured of events: sums, averages, least, most, distinct values");
  metrics->require_subcommand(1);
  auto listed = std::make_shared<definitions_flags>();
  auto* command
    = add_command(*metrics, "list", "Print all definitions", listed, chosen, list_definitions);
  add_company_of_definition(*command, *listed, "Those that concern this company");
  add_json_flag(*command, listed->json, "Print each as JSON on one line");
  auto shown = std::make_shared<definition_flags>();
  command
    = add_definition_command(*metrics, "show", "Print a definition, and how far its backfill is",
                             shown, chosen, show_one_definition);
  add_company_of_definition(*command, *shown, "The company that owns it");
  add_define(*metrics, chosen);
  auto erased = std::make_shared<definition_flags>();
  command = add_definition_command(*metrics, "delete", "Delete a definition and what it measured",
                                   erased, chosen, delete_one_definition);
  add_company_of_definition(*command, *erased, "The company that owns it");
  auto filled = std::make_shared<backfill_flags>();
  command = add_definition_command(*metrics, "backfill",
                                   "Measure the events before the definition, in the background",
                                   filled, chosen, backfill);
  add_company_of_definition(*command, *filled, "The company that owns it");
  command
    ->add_option("--since", filled->since,
                 "Only events of this time and later, RFC 3339; "
                 "without it all")
    ->type_name("TIME");
  add_series(*metrics, chosen);
}

} // namespace carillon::commands
