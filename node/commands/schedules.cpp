#include "base/json/appender.hpp"
#include "base/json/depth.hpp"
#include "base/json/strict_json.hpp"
#include "base/text/printable.hpp"
#include "base/text/uri.hpp"
#include "messages/schedules/occurrences.hpp"
#include "node/commands/support/printable.hpp"
#include "node/commands/support/subcommand.hpp"
#include "node/commands/support/table.hpp"

#include <iostream>
#include <string_view>
#include <utility>

// `schedules list`, `show`, `put`, `delete`, `pause`, `resume`, `run`, `next`, `delayed`, `cancel`.

namespace carillon::commands {

// Names of its own: a build may compile all commands as one.
namespace schedules_command {
namespace {

struct schedules_flags : answer_flags {
  std::string company;
  list_flags range;
};

struct schedule_flags : answer_flags {
  std::string company;
  std::string name;
};

struct timing_flags {
  std::string cron;
  std::string time_zone;
  std::string every;
  std::string at;
};

struct put_flags : schedule_flags {
  timing_flags timing;
  std::string missed;
  std::string type;
  std::string data;
  std::string user;
  std::string audience;
};

struct next_flags {
  timing_flags timing;
  bool json = false;
  std::string after;
  std::string until;
  uint64_t count = 10;
};

struct cancel_flags : answer_flags {
  uint64_t id = 0;
};

std::string schedule_path(const schedule_flags& flags, const char* rest = "") {
  auto out = "/api/schedules/" + as_path_segment(flags.name) + rest;
  return flags.company.empty() ? out : out + "?companyId=" + as_path_segment(flags.company);
}

// -- text -----------------------------------------------------------------------

std::string timing_in(const rapidjson::Value& x) {
  if (const auto cron = text_member(x, "cron"); !cron.empty())
    return printable(cron + " " + text_member(x, "timeZone"));
  if (const auto every = text_member(x, "every"); !every.empty())
    return printable("every " + every);
  return printable("at " + text_member(x, "at"));
}

std::string state_of(const rapidjson::Value& x) {
  const auto paused = x.FindMember("paused");
  if (paused != x.MemberEnd() && paused->value.IsTrue())
    return "paused";
  const auto next = text_member(x, "nextAt");
  return next.empty() ? "over" : printable(next.substr(0, 19) + "Z");
}

std::string schedule_row(const std::string& name, const std::string& company,
                         const std::string& timing, const std::string& next,
                         const std::string& fired) {
  return table_row({{name, 24}, {company, 16}, {timing, 32}, {next, 20}, {fired, -8}});
}

std::string row_of_schedule(const rapidjson::Value& x) {
  return schedule_row(shown_member(x, "name"), shown_member(x, "companyId"), timing_in(x),
                      state_of(x), std::to_string(number_member(x, "fired")));
}

std::string schedule_text(const rapidjson::Value& x) {
  auto out = named_line("name", shown_member(x, "name"))
             + named_line("company", shown_member(x, "companyId"))
             + named_line("when", timing_in(x)) + named_line("missed", shown_member(x, "missed"))
             + named_line("next at", state_of(x)) + named_line("last at", shown_member(x, "lastAt"))
             + named_line("fired", std::to_string(number_member(x, "fired")))
             + named_line("skipped", std::to_string(number_member(x, "skipped")))
             + named_line("failed", std::to_string(number_member(x, "failed")))
             + named_line("last error", shown_member(x, "lastError"));
  const auto next = x.FindMember("next");
  if (next != x.MemberEnd() && next->value.IsArray())
    for (const auto& y : next->value.GetArray())
      if (y.IsString())
        out += named_line("next", printable({y.GetString(), y.GetStringLength()}));
  return out;
}

std::string delayed_row(const std::string& id, const std::string& at, const std::string& company,
                        const std::string& type, const std::string& state) {
  return table_row({{id, -10}, {at, 27}, {company, 16}, {type, 32}, {state}});
}

std::string row_of_delayed(const rapidjson::Value& x) {
  return delayed_row(std::to_string(number_member(x, "delayedId")), shown_member(x, "publishAt"),
                     shown_member(x, "companyId"), shown_member(x, "type"),
                     shown_member(x, "state"));
}

// -- calls ----------------------------------------------------------------------

int list_all_schedules(const schedules_flags& flags) {
  return print_entries(flags, {.path = "/api/schedules",
                               .query = {{"companyId", flags.company}},
                               .name = "schedules",
                               .title = schedule_row("name", "company", "when", "next", "fired"),
                               .row = row_of_schedule,
                               .range = flags.range});
}

int list_all_delayed(const schedules_flags& flags) {
  return print_entries(flags, {.path = "/api/delayed-events",
                               .query = {{"companyId", flags.company}},
                               .name = "delayed",
                               .title = delayed_row("id", "at", "company", "type", "state"),
                               .row = row_of_delayed,
                               .range = flags.range});
}

int show_one_schedule(const schedule_flags& flags) {
  return print_answer(
    flags, [&](auto& client) { return client.get(schedule_path(flags)); }, schedule_text);
}

int put_one_schedule(const put_flags& flags) {
  std::string event;
  json_appender inner{event};
  inner.begin_object().member("type", flags.type).raw("data", flags.data);
  inner.member_unless_empty("userId", flags.user).member_unless_empty("audience", flags.audience);
  inner.end_object();
  std::string body;
  json_appender json{body};
  json.begin_object()
    .member_unless_empty("cron", flags.timing.cron)
    .member_unless_empty("timeZone", flags.timing.time_zone)
    .member_unless_empty("every", flags.timing.every)
    .member_unless_empty("at", flags.timing.at)
    .member_unless_empty("missed", flags.missed)
    .raw("event", event)
    .end_object();
  return print_answer(
    flags, [&](auto& client) { return client.put(schedule_path(flags), body); }, schedule_text);
}

int delete_one_schedule(const schedule_flags& flags) {
  return print_removal(flags, schedule_path(flags),
                       "schedule " + printable(flags.name) + " deleted\n");
}

int pause_one_schedule(const schedule_flags& flags) {
  return print_answer(
    flags, [&](auto& client) { return client.post(schedule_path(flags, "/pause"), ""); },
    schedule_text);
}

std::string run_text(const rapidjson::Value& x) {
  return named_line("position", std::to_string(number_member(x, "seq")))
         + named_line("id", shown_member(x, "id"));
}

int run_one_schedule(const schedule_flags& flags) {
  return print_answer(
    flags, [&](auto& client) { return client.post(schedule_path(flags, "/run"), ""); }, run_text);
}

int resume_one_schedule(const schedule_flags& flags) {
  return print_answer(
    flags, [&](auto& client) { return client.post(schedule_path(flags, "/resume"), ""); },
    schedule_text);
}

int cancel_one_delayed(const cancel_flags& flags) {
  return print_removal(flags, "/api/delayed-events/" + std::to_string(flags.id),
                       "event " + std::to_string(flags.id) + " will not be published\n");
}

expected<occurrences> occurrences_of(const timing_flags& flags) {
  schedule_timing timing;
  timing.cron = flags.cron;
  if (!flags.time_zone.empty())
    timing.time_zone = flags.time_zone;
  if (!flags.every.empty())
    timing.every = every_of(flags.every).value_or(std::chrono::seconds{0});
  if (!flags.at.empty())
    timing.at = from_rfc3339(flags.at);
  return occurrences::of(timing);
}

/// Asks no node: occurrences depend on the timing alone.
int print_next(const next_flags& flags) {
  const auto all = occurrences_of(flags.timing);
  if (!all)
    return report(all.error());
  auto at = flags.after.empty() ? wall_clock_now() : *from_rfc3339(flags.after);
  const auto until = flags.until.empty() ? timestamp::max() : *from_rfc3339(flags.until);
  std::string separator;
  if (flags.json)
    std::cout << R"({"next":[)";
  for (uint64_t i = 0; i < flags.count; ++i) {
    const auto next = all->next(at);
    if (!next || *next > until)
      break;
    if (flags.json)
      std::cout << std::exchange(separator, ",") << '"' << id_of_occurrence(*next) << '"';
    else
      std::cout << id_of_occurrence(*next) << '\n';
    at = *next;
  }
  if (flags.json)
    std::cout << "]}\n";
  return success;
}

// -- flags ----------------------------------------------------------------------

std::string check_schedule_name(const std::string& text) {
  return is_schedule_name(text)
           ? std::string{}
           : "'" + text + "' is no name: 1 to 64 of [a-z0-9._-], beginning with a letter";
}

std::string check_time(const std::string& text) {
  return from_rfc3339(text) ? std::string{}
                            : "'" + text + "' is no time of RFC 3339, as 2026-12-24T08:00:00Z";
}

std::string check_every(const std::string& text) {
  return every_of(text) ? std::string{} : "'" + text + "' is no time such as 90s, 15m, 2h or 1d";
}

std::string check_cron(const std::string& text) {
  const auto read = cron::parse(text);
  return read ? std::string{} : read.error().detail;
}

std::string check_object(const std::string& text) {
  return parse_strict_object(text, max_json_depth) ? std::string{}
                                                   : "'" + text + "' is no JSON object";
}

void add_timing_flags(command_line& command, timing_flags& out) {
  command
    .add_option("--cron", out.cron,
                "Pattern of five fields (minute, hour, day, month, day of the week), or of six "
                "with the second first")
    ->type_name("PATTERN")
    ->check(check_cron, "");
  command
    .add_option("--time-zone", out.time_zone, "Of the pattern, as Europe/Berlin; without it UTC")
    ->type_name("ZONE");
  command.add_option("--every", out.every, "At the multiples of a time: 90s, 15m, 2h, 1d")
    ->type_name("TIME")
    ->check(check_every, "");
  command.add_option("--at", out.at, "Once, at a time of RFC 3339")
    ->type_name("TIME")
    ->check(check_time, "");
}

template <class Flags>
command_line* add_schedule_command(command_line& schedules, const std::string& name,
                                   const std::string& meaning, const std::shared_ptr<Flags>& flags,
                                   action& chosen, int (*what)(const Flags&)) {
  auto* command = add_command(schedules, name, meaning, flags, chosen, what);
  command->add_option("name", flags->name, "Name of the schedule")
    ->type_name("NAME")
    ->required()
    ->check(check_schedule_name, "");
  command->add_option("--company", flags->company, "The company that owns it")->type_name("ID");
  add_json_flag(*command, flags->json);
  return command;
}

void add_put(command_line& schedules, action& chosen) {
  auto flags = std::make_shared<put_flags>();
  flags->data = "{}";
  auto* command = add_schedule_command(schedules, "put", "Make a schedule, or replace it", flags,
                                       chosen, put_one_schedule);
  add_timing_flags(*command, flags->timing);
  command
    ->add_option("--missed", flags->missed,
                 "What becomes of occurrences while the node was stopped: none, the latest (the "
                 "default) or all happen")
    ->one_of({"skip", "once", "all"});
  command->add_option("--type", flags->type, "Type of the event")->type_name("TYPE")->required();
  command->add_option("--data", flags->data, "Data of the event")
    ->type_name("JSON")
    ->check(check_object, "");
  command->add_option("--user", flags->user, "User of the event")->type_name("ID");
  command->add_option("--audience", flags->audience, "Who sees it live")
    ->one_of({"none", "user", "company", "all"});
}

void add_next(command_line& schedules, action& chosen) {
  auto flags = std::make_shared<next_flags>();
  auto* command = schedules.add_subcommand(
    "next", "Print the occurrences of a pattern, without a node: to try it before it counts");
  add_timing_flags(*command, flags->timing);
  command->add_option("--after", flags->after, "Those after this time; without it now")
    ->type_name("TIME")
    ->check(check_time, "");
  command->add_option("--until", flags->until, "Those up to this time")
    ->type_name("TIME")
    ->check(check_time, "");
  command->add_option("--count", flags->count, "At most so many; without it 10")->type_name("N");
  add_json_flag(*command, flags->json, "Print JSON");
  command->callback([flags, &chosen] { chosen = [flags] { return print_next(*flags); }; });
}

void add_list(command_line& schedules, const char* name, const char* meaning, action& chosen,
              int (*what)(const schedules_flags&)) {
  auto flags = std::make_shared<schedules_flags>();
  auto* command = add_command(schedules, name, meaning, flags, chosen, what);
  command->add_option("--company", flags->company, "Those of this company")->type_name("ID");
  add_list_flags(*command, flags->range);
  add_json_flag(*command, flags->json, "Print each as JSON on one line");
}

} // namespace
} // namespace schedules_command

void add_schedules(command_line& root, action& chosen) {
  using namespace schedules_command;
  auto* schedules = root.add_subcommand(
    "schedules", "Publish events at set times; list and cancel events that wait for their time");
  schedules->require_subcommand(1);
  add_list(*schedules, "list", "Print the schedules", chosen, list_all_schedules);
  add_schedule_command(*schedules, "show", "Print a schedule, and its next ten occurrences",
                       std::make_shared<schedule_flags>(), chosen, show_one_schedule);
  add_put(*schedules, chosen);
  add_schedule_command(*schedules, "delete", "Delete a schedule",
                       std::make_shared<schedule_flags>(), chosen, delete_one_schedule);
  add_schedule_command(*schedules, "pause", "Pause a schedule: its occurrences do not happen",
                       std::make_shared<schedule_flags>(), chosen, pause_one_schedule);
  add_schedule_command(*schedules, "resume", "Resume a schedule",
                       std::make_shared<schedule_flags>(), chosen, resume_one_schedule);
  add_schedule_command(*schedules, "run", "Publish the event of a schedule once more, now",
                       std::make_shared<schedule_flags>(), chosen, run_one_schedule);
  add_next(*schedules, chosen);
  add_list(*schedules, "delayed", "Print the events that wait for their time", chosen,
           list_all_delayed);
  auto flags = std::make_shared<cancel_flags>();
  auto* command = add_command(*schedules, "cancel", "Cancel an event that waits for its time",
                              flags, chosen, cancel_one_delayed);
  command->add_option("id", flags->id, "Its number, as `schedules delayed` prints it")
    ->type_name("N")
    ->required()
    ->check(check_number_of("delayed event"), "");
  add_json_flag(*command, flags->json);
}

} // namespace carillon::commands
