#include "base/json/appender.hpp"
#include "base/json/strict_json.hpp"
#include "base/text/number.hpp"
#include "base/text/uri.hpp"
#include "messages/events/event.hpp"
#include "messages/jobs/job.hpp"
#include "messages/workers/remote_queue.hpp"
#include "node/commands/support/printable.hpp"
#include "node/commands/support/subcommand.hpp"
#include "node/commands/support/table.hpp"
#include "node/commands/webhooks/webhooks_input.hpp"

#include <algorithm>
#include <string_view>
#include <utility>

// `jobs list`, `show`, `retry`, `cancel`, `queues`, `pause`, `resume` on the admin port; `enqueue`
// on the data port.

namespace carillon::commands {

// Names of its own: a build may compile all commands as one.
namespace jobs_command {
namespace {

struct jobs_flags : answer_flags {
  list_flags range;
  std::string state;
  std::string kind;
  std::string company;
};

struct job_flags : answer_flags {
  uint64_t id = 0;
};

struct queue_flags : answer_flags {
  std::string queue;
};

std::string path_of(const job_flags& flags, const std::string& action = {}) {
  auto out = "/api/jobs/" + std::to_string(flags.id);
  return action.empty() ? out : out + '/' + action;
}

bool is_true(const rapidjson::Value& x, const char* name) {
  auto i = x.FindMember(name);
  return i != x.MemberEnd() && i->value.IsTrue();
}

// -- jobs -----------------------------------------------------------------------

std::string job_row(const std::string& id, const std::string& state, const std::string& attempts,
                    const std::string& kind, const std::string& due, const std::string& error) {
  return table_row({{id, 10}, {state, 10}, {attempts, 9}, {kind, 28}, {due, 28}, {error}});
}

std::string row_of(const rapidjson::Value& x) {
  return job_row(std::to_string(number_member(x, "id")), shown_member(x, "state"),
                 std::to_string(number_member(x, "attempts")), shown_member(x, "kind"),
                 shown_member(x, "dueAt"), shown_member(x, "lastError"));
}

int list(const jobs_flags& flags) {
  return print_entries(
    flags, {.path = "/api/jobs",
            .query = {{"state", flags.state}, {"kind", flags.kind}, {"companyId", flags.company}},
            .name = "jobs",
            .title = job_row("id", "state", "attempts", "kind", "due", "last error"),
            .row = row_of,
            .range = flags.range});
}

/// What the worker said last; nothing if it said nothing.
std::string progress_of(const rapidjson::Value& x) {
  auto found = x.FindMember("progress");
  if (found == x.MemberEnd() || !found->value.IsObject())
    return {};
  const auto& said = found->value;
  auto percent = said.FindMember("percent");
  auto text = percent != said.MemberEnd() && percent->value.IsUint()
                ? std::to_string(percent->value.GetUint()) + " % "
                : std::string{};
  return named_line("progress", text + shown_member(said, "note"))
         + named_line("noted", shown_member(said, "at"));
}

std::string text_of(const rapidjson::Value& x) {
  auto number = [&](const char* name) { return std::to_string(number_member(x, name)); };
  auto out = named_line("job", number("id"));
  for (const auto& [name, member] : std::initializer_list<std::pair<const char*, const char*>>{
         {"kind", "kind"}, {"key", "key"}, {"state", "state"}, {"company", "companyId"}})
    out += named_line(name, shown_member(x, member));
  if (number_member(x, "eventSeq") > 0)
    out += named_line("event", number("eventSeq"));
  out += named_line("attempts", number("attempts"));
  for (const auto& [name, member] :
       std::initializer_list<std::pair<const char*, const char*>>{{"due", "dueAt"},
                                                                  {"leased until", "leasedUntil"},
                                                                  {"last error", "lastError"},
                                                                  {"created", "createdAt"},
                                                                  {"updated", "updatedAt"}})
    out += named_line(name, shown_member(x, member));
  out += progress_of(x);
  if (auto result = x.FindMember("result"); result != x.MemberEnd() && !result->value.IsNull())
    out += named_line("result", printable(to_text(result->value)));
  if (auto payload = x.FindMember("payload"); payload != x.MemberEnd())
    out += named_line("payload", printable(to_text(payload->value)));
  return out;
}

int show(const job_flags& flags) {
  return print_answer(
    flags, [&](auto& client) { return client.get(path_of(flags)); }, text_of);
}

int change(const job_flags& flags, const std::string& action, const std::string& outcome) {
  return print_answer(
    flags, [&](auto& client) { return client.post(path_of(flags, action), "{}"); },
    [&](const auto&) { return "job " + std::to_string(flags.id) + ' ' + outcome + '\n'; });
}

struct retry_flags : job_flags {
  bool all = false;
  std::string kind;
  std::string company;
};

int retry_all(const retry_flags& flags) {
  std::string body;
  json_appender{body}
    .begin_object()
    .member_unless_empty("kind", flags.kind)
    .member_unless_empty("companyId", flags.company)
    .end_object();
  return print_answer(
    flags, [&](auto& client) { return client.post("/api/jobs/retry", body); },
    [](const rapidjson::Value& x) {
      auto n = number_member(x, "retried");
      return std::to_string(n) + (n == 1 ? " job is" : " jobs are") + " due now\n";
    });
}

int retry(const retry_flags& flags) {
  return flags.all ? retry_all(flags) : change(flags, "retry", "is due now");
}

int cancel(const job_flags& flags) {
  return change(flags, "cancel", "cancelled");
}

// -- enqueue --------------------------------------------------------------------

struct enqueue_flags : answer_flags {
  std::string queue;
  std::string kind;
  std::string key;
  std::string payload;
  std::string run_at;
  std::string company;
  std::string priority;
};

/// The object in the file, byte by byte. Errors: `invalid_argument`, `malformed_json`, `too_large`.
expected<std::string> payload_in(const std::string& file) {
  // With room for what is around it, such as the end of the line.
  auto text = read_file(file, "payload", job_limits::payload_bytes + 1'024);
  if (!text)
    return text;
  std::string_view object{*text};
  constexpr std::string_view blanks = " \t\r\n";
  object.remove_prefix(std::min(object.find_first_not_of(blanks), object.size()));
  object = object.substr(0, object.find_last_not_of(blanks) + 1);
  if (auto sound = parse_strict_object(object, event_limits::json_depth); !sound)
    return failure{sound.error().code, "the payload is an object of JSON: " + sound.error().detail,
                   "payload"};
  return std::string{object};
}

int enqueue(const enqueue_flags& flags) {
  expected<std::string> payload{std::string{}};
  if (!flags.payload.empty())
    payload = payload_in(flags.payload);
  if (!payload)
    return report(payload.error());
  std::string body;
  json_appender json{body};
  json.begin_object()
    .member("queue", std::string_view{flags.queue})
    .member_unless_empty("kind", flags.kind)
    .member_unless_empty("key", flags.key)
    .member_unless_empty("companyId", flags.company)
    .member_unless_empty("runAt", flags.run_at);
  if (!flags.priority.empty())
    json.raw("priority", flags.priority);
  if (!payload->empty())
    json.raw("payload", *payload);
  json.end_object();
  return print_answer(
    flags, [&](auto& client) { return client.post("/api/jobs", body); },
    [](const rapidjson::Value& x) {
      return "job " + std::to_string(number_member(x, "id"))
             + (is_true(x, "duplicate") ? " has this key already\n" : " is enqueued\n");
    });
}

// -- queues ---------------------------------------------------------------------

std::string queue_row(const std::string& queue, const std::string& state, const std::string& queued,
                      const std::string& running, const std::string& dead, const std::string& due) {
  return table_row(
    {{queue, 20}, {state, 7}, {queued, -10}, {running, -8}, {dead, -8}, {' ' + due}});
}

std::string queue_text(const rapidjson::Value& x) {
  auto count = [&](const char* name) { return std::to_string(number_member(x, name)); };
  auto unavailable = text_member(x, "unavailable");
  const auto* state = is_true(x, "paused") ? "paused" : unavailable.empty() ? "runs" : "waits";
  auto out = queue_row(shown_member(x, "queue"), state, count("queued"), count("running"),
                       count("dead"), shown_member(x, "oldestDue"));
  if (!unavailable.empty())
    out += "  until " + shown_member(x, "nextTry") + ": " + printable(unavailable) + '\n';
  return out;
}

int queues(const answer_flags& flags) {
  return print_entries(
    flags, {.path = "/api/jobs/queues",
            .query = {},
            .name = "queues",
            .title = queue_row("queue", "state", "queued", "running", "dead", "oldest due"),
            .row = queue_text,
            .range = {}});
}

int set_paused(const queue_flags& flags, const std::string& action, const std::string& outcome) {
  auto path = "/api/jobs/queues/" + as_path_segment(flags.queue) + '/' + action;
  return print_answer(
    flags, [&](auto& client) { return client.post(path, "{}"); },
    [&](const auto&) { return "queue " + flags.queue + ' ' + outcome + '\n'; });
}

int pause(const queue_flags& flags) {
  return set_paused(flags, "pause", "paused");
}

int resume(const queue_flags& flags) {
  return set_paused(flags, "resume", "resumed");
}

// -- flags ----------------------------------------------------------------------

void add_list(command_line& jobs, action& chosen) {
  auto flags = std::make_shared<jobs_flags>();
  auto* command = add_command(jobs, "list", "Print jobs, the newest first", flags, chosen, list);
  command->add_option("--state", flags->state, "queued, running, done, dead or cancelled")
    ->one_of({"queued", "running", "done", "dead", "cancelled"});
  command->add_option("--kind", flags->kind, "Of this kind, or of this queue")->type_name("KIND");
  command->add_option("--company", flags->company, "Of this company")->type_name("ID");
  add_list_flags(*command, flags->range);
  add_json_flag(*command, flags->json, "Print each as JSON on one line");
}

void add_job_command(command_line& jobs, const std::string& name, const std::string& meaning,
                     action& chosen, int (*what)(const job_flags&)) {
  auto flags = std::make_shared<job_flags>();
  auto* command = add_command(jobs, name, meaning, flags, chosen, what);
  command->add_option("id", flags->id, "Number of the job, see `jobs list`")
    ->required()
    ->check(check_number_of("a job"), "");
  add_json_flag(*command, flags->json);
}

void add_retry(command_line& jobs, action& chosen) {
  auto flags = std::make_shared<retry_flags>();
  auto* command = add_command(jobs, "retry",
                              "Let a job that was given up, or waits, run now, or with --all those "
                              "that were given up; their attempts begin anew",
                              flags, chosen, retry);
  auto* id = command->add_option("id", flags->id, "Number of the job, see `jobs list`")
               ->check(check_number_of("a job"), "");
  auto* all = command->add_flag("--all", flags->all, "All that were given up")->excludes(id);
  command->add_option("--kind", flags->kind, "With --all: of this kind, or of this queue")
    ->type_name("KIND")
    ->needs(all);
  command->add_option("--company", flags->company, "With --all: of this company")
    ->type_name("ID")
    ->needs(all);
  command->callback([flags, &chosen] {
    if (flags->id == 0 && !flags->all)
      refuse_without("id, or --all");
    chosen = [flags] { return retry(*flags); };
  });
  add_json_flag(*command, flags->json);
}

/// A whole number from -100 to 100, as JSON has it.
std::string check_priority(const std::string& text) {
  const std::string_view digits = std::string_view{text}.substr(text.starts_with('-') ? 1 : 0);
  const auto number = number_from(digits);
  return number && *number <= static_cast<uint64_t>(job_limits::priority)
             && std::to_string(*number) == digits
           ? std::string{}
           : "'" + text + "' is not a priority: -100 to 100";
}

void add_enqueue(command_line& jobs, action& chosen) {
  auto flags = std::make_shared<enqueue_flags>();
  auto* command = jobs.add_subcommand(
    "enqueue", "Put a job into a queue whose workers are outside of the node; see docs/jobs.md");
  add_connection_flags(*command, flags->connection, "url", "http://127.0.0.1:7070");
  command->callback([flags, &chosen] { chosen = [flags] { return enqueue(*flags); }; });
  command->add_option("queue", flags->queue, "Name of the queue")
    ->type_name("QUEUE")
    ->required()
    ->check(
      [](const std::string& text) {
        return is_queue_name(text) ? std::string{} : "'" + text + "' is not the name of a queue";
      },
      "");
  command
    ->add_option("--kind", flags->kind, "What is to be done: the queue, a dot, and more letters")
    ->type_name("KIND")
    ->check(
      [](const std::string& text) {
        return is_job_kind(text) ? std::string{} : "'" + text + "' is not a kind of jobs";
      },
      "");
  command->add_option("--job-key", flags->key, "Enqueued once, however often it is sent")
    ->type_name("KEY");
  command
    ->add_option("--payload", flags->payload, "A file with an object of JSON; - = standard input")
    ->type_name("FILE");
  command->add_option("--run-at", flags->run_at, "Not before, as 2026-12-01T08:00:00Z")
    ->type_name("TIME")
    ->check(
      [](const std::string& text) {
        return from_rfc3339(text) ? std::string{} : "'" + text + "' is not a time of RFC 3339";
      },
      "");
  command->add_option("--priority", flags->priority, "-100 to 100: the highest goes first")
    ->type_name("N")
    ->check(check_priority, "");
  command->add_option("--company", flags->company, "Whose job it is")->type_name("ID");
  add_json_flag(*command, flags->json);
}

void add_queue_command(command_line& jobs, const std::string& name, const std::string& meaning,
                       action& chosen, int (*what)(const queue_flags&)) {
  auto flags = std::make_shared<queue_flags>();
  auto* command = add_command(jobs, name, meaning, flags, chosen, what);
  command->add_option("queue", flags->queue, "Name of the queue, see `jobs queues`")
    ->type_name("QUEUE")
    ->required()
    ->check(
      [](const std::string& text) {
        return is_job_kind(text) ? std::string{} : "'" + text + "' is not the name of a queue";
      },
      "");
  add_json_flag(*command, flags->json);
}

} // namespace
} // namespace jobs_command

void add_jobs(command_line& root, action& chosen) {
  using namespace jobs_command;
  auto* jobs
    = root.add_subcommand("jobs", "Enqueue, list, retry and cancel jobs, and stop their queues");
  jobs->require_subcommand(1);
  add_list(*jobs, chosen);
  add_job_command(*jobs, "show", "Print a job with its payload, progress and result", chosen, show);
  add_enqueue(*jobs, chosen);
  add_retry(*jobs, chosen);
  add_job_command(*jobs, "cancel", "Take a job that waits out of its queue", chosen, cancel);
  auto flags = std::make_shared<answer_flags>();
  auto* command = add_command(*jobs, "queues", "Print the queues and how many jobs they have",
                              flags, chosen, queues);
  add_json_flag(*command, flags->json, "Print each as JSON on one line");
  add_queue_command(*jobs, "pause", "Begin no more jobs of a queue; nothing is lost", chosen,
                    pause);
  add_queue_command(*jobs, "resume", "Go on with the jobs of a queue", chosen, resume);
}

} // namespace carillon::commands
