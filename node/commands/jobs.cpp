#include "messages/job.hpp"
#include "node/commands/printable.hpp"
#include "node/commands/subcommand.hpp"

#include <iomanip>
#include <iostream>
#include <utility>

// `jobs list`, `show`, `retry`, `cancel`, `queues`, `pause`, `resume`.

namespace carillon::commands {

namespace {

struct jobs_flags {
  connection_options connection;
  list_flags range;
  std::string state;
  std::string kind;
  std::string company;
  bool json = false;
};

struct job_flags {
  connection_options connection;
  uint64_t id = 0;
  bool json = false;
};

struct queue_flags {
  connection_options connection;
  std::string queue;
  bool json = false;
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

void print_row(const std::string& id, const std::string& state, const std::string& attempts,
               const std::string& kind, const std::string& due, const std::string& error) {
  std::cout << std::left << std::setw(10) << id << ' ' << std::setw(10) << state << ' '
            << std::setw(9) << attempts << ' ' << std::setw(28) << kind << ' ' << std::setw(28)
            << due << ' ' << error << '\n';
}

void print_job(const rapidjson::Value& x) {
  print_row(std::to_string(number_member(x, "id")), shown_member(x, "state"),
            std::to_string(number_member(x, "attempts")), shown_member(x, "kind"),
            shown_member(x, "dueAt"), shown_member(x, "lastError"));
}

int list(const jobs_flags& flags) {
  auto client = api_client::make(flags.connection);
  if (!client)
    return report(client.error());
  bool titled = flags.json;
  auto print = [&](const rapidjson::Value& x) {
    if (!std::exchange(titled, true))
      print_row("id", "state", "attempts", "kind", "due", "last error");
    if (flags.json)
      std::cout << to_text(x) << '\n';
    else
      print_job(x);
  };
  auto done
    = for_each_entry(*client, "/api/jobs",
                     {{"state", flags.state}, {"kind", flags.kind}, {"companyId", flags.company}},
                     "jobs", flags.range, print);
  return done ? success : report(done.error());
}

void print_line(const char* name, const std::string& x) {
  std::cout << std::left << std::setw(12) << name << ' ' << x << '\n';
}

int show(const job_flags& flags) {
  auto client = api_client::make(flags.connection);
  if (!client)
    return report(client.error());
  auto found = json_of(client->get(path_of(flags)));
  if (!found)
    return report(found.error());
  if (flags.json) {
    std::cout << to_text(*found) << '\n';
    return success;
  }
  print_line("job", std::to_string(number_member(*found, "id")));
  for (const auto& [name, member] : std::initializer_list<std::pair<const char*, const char*>>{
         {"kind", "kind"}, {"key", "key"}, {"state", "state"}, {"company", "companyId"}})
    print_line(name, shown_member(*found, member));
  if (auto seq = number_member(*found, "eventSeq"); seq > 0)
    print_line("event", std::to_string(seq));
  print_line("attempts", std::to_string(number_member(*found, "attempts")));
  for (const auto& [name, member] :
       std::initializer_list<std::pair<const char*, const char*>>{{"due", "dueAt"},
                                                                  {"leased until", "leasedUntil"},
                                                                  {"last error", "lastError"},
                                                                  {"created", "createdAt"},
                                                                  {"updated", "updatedAt"}})
    print_line(name, shown_member(*found, member));
  if (auto payload = found->FindMember("payload"); payload != found->MemberEnd())
    print_line("payload", printable(to_text(payload->value)));
  return success;
}

int change(const job_flags& flags, const std::string& action, const std::string& outcome) {
  auto client = api_client::make(flags.connection);
  if (!client)
    return report(client.error());
  auto now = json_of(client->post(path_of(flags, action), "{}"));
  if (!now)
    return report(now.error());
  if (flags.json)
    std::cout << to_text(*now) << '\n';
  else
    std::cout << "job " << flags.id << ' ' << outcome << '\n';
  return success;
}

int retry(const job_flags& flags) {
  return change(flags, "retry", "is due now");
}

int cancel(const job_flags& flags) {
  return change(flags, "cancel", "cancelled");
}

// -- queues ---------------------------------------------------------------------

void print_queue_row(const std::string& queue, const std::string& state, const std::string& queued,
                     const std::string& running, const std::string& dead, const std::string& due) {
  std::cout << std::left << std::setw(20) << queue << ' ' << std::setw(7) << state << ' '
            << std::right << std::setw(10) << queued << ' ' << std::setw(8) << running << ' '
            << std::setw(8) << dead << "  " << due << '\n';
}

void print_queue(const rapidjson::Value& x) {
  auto count = [&](const char* name) { return std::to_string(number_member(x, name)); };
  auto unavailable = text_member(x, "unavailable");
  const auto* state = is_true(x, "paused") ? "paused" : unavailable.empty() ? "runs" : "waits";
  print_queue_row(shown_member(x, "queue"), state, count("queued"), count("running"), count("dead"),
                  shown_member(x, "oldestDue"));
  if (!unavailable.empty())
    std::cout << "  until " << shown_member(x, "nextTry") << ": " << printable(unavailable) << '\n';
}

int queues(const queue_flags& flags) {
  auto client = api_client::make(flags.connection);
  if (!client)
    return report(client.error());
  auto found = json_of(client->get("/api/jobs/queues"));
  if (!found)
    return report(found.error());
  auto all = found->FindMember("queues");
  if (all == found->MemberEnd() || !all->value.IsArray())
    return report({ec::internal, "the answer has no queues", {}});
  bool titled = flags.json;
  for (const auto& x : all->value.GetArray()) {
    if (!std::exchange(titled, true))
      print_queue_row("queue", "state", "queued", "running", "dead", "oldest due");
    if (flags.json)
      std::cout << to_text(x) << '\n';
    else if (x.IsObject())
      print_queue(x);
  }
  return success;
}

int set_paused(const queue_flags& flags, const std::string& action, const std::string& outcome) {
  auto client = api_client::make(flags.connection);
  if (!client)
    return report(client.error());
  auto path = "/api/jobs/queues/" + path_segment(flags.queue) + '/' + action;
  auto now = json_of(client->post(path, "{}"));
  if (!now)
    return report(now.error());
  if (flags.json)
    std::cout << to_text(*now) << '\n';
  else
    std::cout << "queue " << flags.queue << ' ' << outcome << '\n';
  return success;
}

int pause(const queue_flags& flags) {
  return set_paused(flags, "pause", "paused");
}

int resume(const queue_flags& flags) {
  return set_paused(flags, "resume", "resumed");
}

// -- flags ----------------------------------------------------------------------

void add_list(CLI::App& jobs, action& chosen) {
  auto flags = std::make_shared<jobs_flags>();
  auto* command = add_command(jobs, "list", "Print jobs, the newest first", flags, chosen, list);
  command->add_option("--state", flags->state, "queued, running, done, dead or cancelled")
    ->check(CLI::IsMember({"queued", "running", "done", "dead", "cancelled"}));
  command->add_option("--kind", flags->kind, "Of this kind, or of this queue")->type_name("KIND");
  command->add_option("--company", flags->company, "Of this company")->type_name("ID");
  add_list_flags(*command, flags->range);
  add_json_flag(*command, flags->json, "Print each as JSON on one line");
}

void add_job_command(CLI::App& jobs, const std::string& name, const std::string& meaning,
                     action& chosen, int (*what)(const job_flags&)) {
  auto flags = std::make_shared<job_flags>();
  auto* command = add_command(jobs, name, meaning, flags, chosen, what);
  command->add_option("id", flags->id, "Number of the job, see `jobs list`")
    ->required()
    ->check(check_number_of("a job"), "");
  add_json_flag(*command, flags->json);
}

void add_queue_command(CLI::App& jobs, const std::string& name, const std::string& meaning,
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

void add_jobs(CLI::App& root, action& chosen) {
  auto* jobs = root.add_subcommand("jobs", "List, retry and cancel jobs, and stop their queues");
  jobs->require_subcommand(1);
  add_list(*jobs, chosen);
  add_job_command(*jobs, "show", "Print a job with its payload", chosen, show);
  add_job_command(*jobs, "retry",
                  "Let a job that was given up, or waits, run now; its attempts "
                  "begin anew",
                  chosen, retry);
  add_job_command(*jobs, "cancel", "Take a job that waits out of its queue", chosen, cancel);
  auto flags = std::make_shared<queue_flags>();
  auto* command = add_command(*jobs, "queues", "Print the queues and how many jobs they have",
                              flags, chosen, queues);
  add_json_flag(*command, flags->json, "Print each as JSON on one line");
  add_queue_command(*jobs, "pause", "Begin no more jobs of a queue; nothing is lost", chosen,
                    pause);
  add_queue_command(*jobs, "resume", "Go on with the jobs of a queue", chosen, resume);
}

} // namespace carillon::commands
