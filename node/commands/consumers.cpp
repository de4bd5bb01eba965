#include "base/json/appender.hpp"
#include "base/text/printable.hpp"
#include "base/text/uri.hpp"
#include "messages/consumers/consumer.hpp"
#include "node/commands/support/event_filter_flags.hpp"
#include "node/commands/support/printable.hpp"
#include "node/commands/support/subcommand.hpp"
#include "node/commands/support/table.hpp"
#include "node/option_values.hpp"

#include <algorithm>
#include <array>
#include <optional>
#include <utility>
#include <vector>

// `consumers list`, `show`, `pause`, `resume` on the admin port; `put`, `workers`, `delete` of
// remote consumers on the data port.

namespace carillon::commands {

// Names of its own: a build may compile all commands as one.
namespace consumers_command {
namespace {

struct consumer_flags : answer_flags {
  std::string name;
};

struct remote_flags : consumer_flags {
  std::vector<std::string> types;
  std::string filter;
  std::string company;
  std::string order;
  std::string order_key;
  std::string start;
  std::string ack_timeout;
  std::vector<std::string> retries;
  std::string rate;
  std::optional<uint64_t> attempts;
  std::optional<uint64_t> in_flight;
  std::optional<uint64_t> per_key;
  std::optional<uint64_t> batch;
};

std::string consumer_path(const consumer_flags& flags, const char* rest = "") {
  return "/api/consumers/" + as_path_segment(flags.name) + rest;
}

std::string consumer_row(const std::string& name, const std::string& cursor, const std::string& lag,
                         const std::string& retrying, const std::string& dead,
                         const std::string& state) {
  return table_row({{name, 28}, {cursor, -12}, {lag, -10}, {retrying, -9}, {dead, -9}, {state}});
}

bool is_true(const rapidjson::Value& x, const char* name) {
  auto found = x.FindMember(name);
  return found != x.MemberEnd() && found->value.IsTrue();
}

std::string state_of_consumer(const rapidjson::Value& x) {
  std::string out = is_true(x, "paused")       ? "paused"
                    : is_true(x, "catchingUp") ? "catching up"
                                               : "live";
  return is_true(x, "remote") ? out + ", remote" : out;
}

std::string row_of_consumer(const rapidjson::Value& x) {
  auto number = [&](const char* name) { return std::to_string(number_member(x, name)); };
  return consumer_row(shown_member(x, "name"), number("cursor"), number("lag"), number("retrying"),
                      number("deadLetters"), state_of_consumer(x));
}

std::string numbers_text(const rapidjson::Value& x,
                         std::initializer_list<std::pair<const char*, const char*>> members) {
  std::string out;
  for (const auto& [name, member] : members)
    out += named_line(name, std::to_string(number_member(x, member)));
  return out;
}

std::string consumer_text(const rapidjson::Value& x) {
  return named_line("name", shown_member(x, "name")) + named_line("state", state_of_consumer(x))
         + numbers_text(x, {{"cursor", "cursor"},
                            {"lag", "lag"},
                            {"in flight", "inFlight"},
                            {"delivered", "delivered"},
                            {"failed", "failed"},
                            {"retrying", "retrying"},
                            {"dead letters", "deadLetters"}})
         + named_line("last error", shown_member(x, "lastError"));
}

std::string types_in(const rapidjson::Value& x) {
  std::string out;
  auto types = x.FindMember("types");
  if (types != x.MemberEnd() && types->value.IsArray())
    for (const auto& type : types->value.GetArray())
      if (type.IsString())
        out += (out.empty() ? "" : ", ") + printable({type.GetString(), type.GetStringLength()});
  return out.empty() ? "-" : out;
}

/// What is in the events, as JSON; numbers as they are read here.
std::string filter_in(const rapidjson::Value& x) {
  auto filter = x.FindMember("filter");
  return filter != x.MemberEnd() && filter->value.IsObject() ? printable(to_text(filter->value))
                                                             : "-";
}

std::string start_in(const rapidjson::Value& x) {
  auto start = x.FindMember("start");
  return start != x.MemberEnd() && start->value.IsUint64()
           ? std::to_string(start->value.GetUint64())
           : shown_member(x, "start");
}

std::string remote_text(const rapidjson::Value& x) {
  auto out = named_line("name", shown_member(x, "name")) + named_line("types", types_in(x))
             + named_line("filter", filter_in(x))
             + named_line("company", shown_member(x, "companyId"))
             + named_line("order", shown_member(x, "order"))
             + named_line("key", shown_member(x, "key")) + named_line("start", start_in(x))
             + numbers_text(x, {{"attempts", "maxAttempts"},
                                {"ack ms", "ackTimeoutMs"},
                                {"in flight", "maxInFlight"},
                                {"per key", "maxPerKey"}});
  auto workers = x.FindMember("workers");
  if (workers == x.MemberEnd() || !workers->value.IsObject())
    return out;
  return out + named_line("history", shown_member(x, "history"))
         + numbers_text(x, {{"generation", "generation"}})
         + numbers_text(workers->value, {{"connected", "connected"},
                                         {"pulls", "waitingPulls"},
                                         {"with them", "inFlight"},
                                         {"stale", "stale"},
                                         {"expired", "expired"},
                                         {"lost", "lost"}})
         + named_line("alone since", shown_member(workers->value, "aloneSince"));
}

// -- calls ----------------------------------------------------------------------

int list_consumers_of_node(const answer_flags& flags) {
  return print_entries(flags,
                       {.path = "/api/consumers",
                        .query = {},
                        .name = "consumers",
                        .title = consumer_row("name", "cursor", "lag", "retrying", "dead", "state"),
                        .row = row_of_consumer,
                        .range = {}});
}

int show_consumer(const consumer_flags& flags) {
  return print_answer(
    flags, [&](auto& client) { return client.get(consumer_path(flags)); }, consumer_text);
}

int pause_consumer_by_name(const consumer_flags& flags) {
  return print_answer(
    flags, [&](auto& client) { return client.post(consumer_path(flags, "/pause"), ""); },
    consumer_text);
}

int resume_consumer_by_name(const consumer_flags& flags) {
  return print_answer(
    flags, [&](auto& client) { return client.post(consumer_path(flags, "/resume"), ""); },
    consumer_text);
}

int show_workers(const consumer_flags& flags) {
  return print_answer(
    flags, [&](auto& client) { return client.get(consumer_path(flags, "/workers")); }, remote_text);
}

int delete_consumer(const consumer_flags& flags) {
  return print_removal(flags, consumer_path(flags),
                       "consumer " + printable(flags.name) + " deleted\n");
}

uint64_t milliseconds_of(const std::string& time) {
  return static_cast<uint64_t>(parse_duration(time)->count());
}

bool is_digits(const std::string& x) {
  return !x.empty() && std::all_of(x.begin(), x.end(), [](char c) { return c >= '0' && c <= '9'; });
}

std::string settings_json(const remote_flags& flags) {
  std::string out;
  json_appender json{out};
  json.begin_object();
  if (!flags.types.empty()) {
    json.begin_array("types");
    for (const auto& x : flags.types)
      json.item(x);
    json.end_array();
  }
  if (!flags.filter.empty())
    json.raw("filter", flags.filter);
  json.member_unless_empty("companyId", flags.company)
    .member_unless_empty("order", flags.order)
    .member_unless_empty("key", flags.order_key);
  if (is_digits(flags.start))
    json.raw("start", flags.start);
  else
    json.member_unless_empty("start", flags.start);
  if (!flags.retries.empty()) {
    json.begin_array("retrySchedule");
    for (const auto& x : flags.retries)
      json.item(milliseconds_of(x));
    json.end_array();
  }
  if (!flags.ack_timeout.empty())
    json.member("ackTimeoutMs", milliseconds_of(flags.ack_timeout));
  for (const auto& [name, value] :
       {std::pair{"maxAttempts", &flags.attempts}, std::pair{"maxInFlight", &flags.in_flight},
        std::pair{"maxPerKey", &flags.per_key}})
    if (*value)
      json.member(name, **value);
  if (!flags.rate.empty())
    json.raw("ratePerSecond", flags.rate);
  if (flags.batch)
    json.begin_object("batch").member("max", *flags.batch).end_object();
  json.end_object();
  return out;
}

int put_consumer(const remote_flags& flags) {
  return print_answer(
    flags, [&](auto& client) { return client.put(consumer_path(flags), settings_json(flags)); },
    remote_text);
}

// -- the command line -----------------------------------------------------------

std::string check_consumer_name(const std::string& text) {
  return is_consumer_name(text)
           ? std::string{}
           : "'" + text + "' is not the name of a consumer: 1-64 of a-z 0-9 . _ -";
}

std::string check_time(const std::string& text) {
  auto found = parse_duration(text);
  return found ? std::string{} : found.error().detail;
}

/// As JSON has it.
std::string check_rate(const std::string& text) {
  auto dot = text.find('.');
  auto whole = text.substr(0, dot);
  auto fits = is_digits(whole) && (whole.size() == 1 || whole.front() != '0')
              && (dot == std::string::npos || is_digits(text.substr(dot + 1)));
  return fits ? std::string{} : "'" + text + "' is not a rate such as 0.5 or 100";
}

void add_name(command_line& command, consumer_flags& flags) {
  command.add_option("name", flags.name, "The consumer")
    ->type_name("NAME")
    ->required()
    ->check(check_consumer_name, "");
  add_json_flag(command, flags.json);
}

/// A command that calls the data port, where remote consumers are.
template <class Flags>
command_line* add_data_command(command_line& to, const std::string& name,
                               const std::string& meaning, const std::shared_ptr<Flags>& flags,
                               action& chosen, int (*what)(const Flags&)) {
  auto* command = to.add_subcommand(name, meaning);
  add_connection_flags(*command, flags->connection, "url", "http://127.0.0.1:7070");
  command->callback([flags, what, &chosen] { chosen = [flags, what] { return what(*flags); }; });
  add_name(*command, *flags);
  return command;
}

void add_put_consumer(command_line& consumers, action& chosen) {
  auto flags = std::make_shared<remote_flags>();
  auto* command = add_data_command(consumers, "put",
                                   "Create a remote consumer, or change it: what is not named has "
                                   "its default; see docs/workers.md",
                                   flags, chosen, put_consumer);
  command
    ->add_option("--types", flags->types, "Its event types and patterns, as order.*,user.login")
    ->type_name("TYPES")
    ->delimiter(',')
    ->allow_extra_args(false); // The next argument is the name.
  command
    ->add_option("--filter", flags->filter,
                 "Which of these, by what is in them: {\"data.total\":{\"$gt\":100}}")
    ->type_name("JSON")
    ->check(check_payload_filter, "");
  command->add_option("--company", flags->company, "Only events of this company")->type_name("ID");
  command->add_option("--order", flags->order, "Which events wait for another")
    ->one_of({"none", "per_key", "total"});
  command
    ->add_option("--order-key", flags->order_key,
                 "Of per_key: company, user, or a pointer into the data such as /orderId")
    ->type_name("KEY");
  command
    ->add_option("--start", flags->start,
                 "Where a new one begins: now, beginning, a position, a time")
    ->type_name("START");
  command->add_option("--max-attempts", flags->attempts, "Then the event is a dead letter");
  command->add_option("--retries", flags->retries, "Pauses before further attempts, as 1s,5s,2m")
    ->type_name("TIMES")
    ->delimiter(',')
    ->allow_extra_args(false)
    ->check(check_time, "");
  command
    ->add_option("--ack-timeout", flags->ack_timeout, "A delivery that takes longer has failed")
    ->type_name("TIME")
    ->check(check_time, "");
  command->add_option("--max-in-flight", flags->in_flight,
                      "Deliveries that workers have at a time");
  command->add_option("--max-per-key", flags->per_key, "Of these, of one key; for per_key");
  command->add_option("--rate", flags->rate, "Most deliveries a second")
    ->type_name("NUMBER")
    ->check(check_rate, "");
  command->add_option("--batch", flags->batch, "Most deliveries in one message to a worker");
}

void add_consumer_command(command_line& consumers, const std::string& name,
                          const std::string& meaning, action& chosen,
                          int (*what)(const consumer_flags&)) {
  auto flags = std::make_shared<consumer_flags>();
  add_name(*add_command(consumers, name, meaning, flags, chosen, what), *flags);
}

} // namespace
} // namespace consumers_command

void add_consumers(command_line& root, action& chosen) {
  using namespace consumers_command;
  auto* consumers = root.add_subcommand(
    "consumers", "List, pause and resume handlers; create and delete remote consumers");
  consumers->require_subcommand(1);
  auto listed = std::make_shared<answer_flags>();
  auto* command = add_command(*consumers, "list", "Print all handlers with cursor and lag, by name",
                              listed, chosen, list_consumers_of_node);
  add_json_flag(*command, listed->json, "Print each as JSON on one line");
  add_consumer_command(*consumers, "show", "Print a handler", chosen, show_consumer);
  add_consumer_command(*consumers, "pause", "Stop a handler at its cursor; nothing is lost", chosen,
                       pause_consumer_by_name);
  add_consumer_command(*consumers, "resume", "Let a handler go on at its cursor", chosen,
                       resume_consumer_by_name);
  add_put_consumer(*consumers, chosen);
  auto shown = std::make_shared<consumer_flags>();
  add_data_command(*consumers, "workers",
                   "Print the settings of a remote consumer, and its workers", shown, chosen,
                   show_workers);
  auto erased = std::make_shared<consumer_flags>();
  add_data_command(*consumers, "delete",
                   "Delete a remote consumer with its cursor, retries and dead letters", erased,
                   chosen, delete_consumer);
}

} // namespace carillon::commands
