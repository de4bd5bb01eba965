#include "base/text/uri.hpp"
#include "node/commands/support/printable.hpp"
#include "node/commands/support/subcommand.hpp"
#include "node/commands/support/table.hpp"

#include <array>
#include <utility>

// `sessions stats`, `list`, `disconnect`.

namespace carillon::commands {

// Names of its own: a build may compile all commands as one.
namespace sessions_command {
namespace {

std::string path_of(const std::string& what) {
  return "/api/events/websocket/" + what;
}

struct stats_flags : answer_flags {
  std::string company;
};

struct sessions_flags : stats_flags {
  list_flags range;
  std::string user;
};

struct disconnect_flags : answer_flags {
  uint64_t id = 0;
  std::string user;
};

std::string figure_line(const std::string& name, uint64_t x) {
  return table_row({{name, 20}, {std::to_string(x), -12}});
}

/// Counters since the start do not exist per company.
std::string stats_text(const rapidjson::Value& x) {
  constexpr std::array<std::pair<const char*, const char*>, 12> figures{
    {{"connections", "sessions"},
     {"streams", "of these, streams"},
     {"catchingUp", "catching up"},
     {"usersOnline", "users online"},
     {"opened", "opened"},
     {"refused", "refused"},
     {"resumes", "resumes"},
     {"catchUps", "catch-ups"},
     {"slowCloses", "closed as too slow"},
     {"eventsSent", "events sent"},
     {"framesSent", "frames sent"},
     {"bytesSent", "bytes sent"}}};
  std::string out;
  for (const auto& [name, meaning] : figures)
    if (x.HasMember(name))
      out += figure_line(meaning, number_member(x, name));
  auto companies = x.FindMember("byCompany");
  if (companies == x.MemberEnd() || !companies->value.IsArray())
    return out;
  for (const auto& y : companies->value.GetArray())
    if (y.IsObject())
      out += figure_line("of " + shown_member(y, "companyId"), number_member(y, "connections"));
  return out;
}

int stats(const stats_flags& flags) {
  return print_answer(
    flags,
    [&](auto& client) {
      return client.get(path_of("stats"), {{"companyId", flags.company}});
    },
    stats_text);
}

std::string session_row(const std::string& id, const std::string& user, const std::string& company,
                        const std::string& transport, const std::string& state,
                        const std::string& opened) {
  return table_row({{id, 10}, {user, 20}, {company, 20}, {transport, 10}, {state, 12}, {opened}});
}

std::string row_of(const rapidjson::Value& x) {
  auto live = x.FindMember("live");
  auto is_live = live != x.MemberEnd() && live->value.IsTrue();
  return session_row(std::to_string(number_member(x, "id")), shown_member(x, "userId"),
                     shown_member(x, "companyId"), shown_member(x, "transport"),
                     is_live ? "live" : "catching up", shown_member(x, "openedAt"));
}

int list(const sessions_flags& flags) {
  return print_entries(
    flags, {.path = path_of("sessions"),
            .query = {{"companyId", flags.company}, {"userId", flags.user}},
            .name = "sessions",
            .title = session_row("id", "user", "company", "transport", "state", "opened"),
            .row = row_of,
            .range = flags.range});
}

int disconnect(const disconnect_flags& flags) {
  if ((flags.id == 0) == flags.user.empty())
    return report({ec::invalid_argument, "give either the number of a session or --user", {}});
  auto what = flags.id != 0 ? "sessions/" + std::to_string(flags.id)
                            : "users/" + as_path_segment(flags.user);
  return print_answer(
    flags, [&](auto& client) { return client.remove(path_of(what)); },
    [](const auto& x) {
      auto n = number_member(x, "disconnected");
      return std::to_string(n) + (n == 1 ? " session" : " sessions") + " disconnected\n";
    });
}

void add_company_flag(command_line& command, std::string& out) {
  command.add_option("--company", out, "Those of this company")->type_name("ID");
}

} // namespace
} // namespace sessions_command

void add_sessions(command_line& root, action& chosen) {
  using namespace sessions_command;
  auto* sessions = root.add_subcommand("sessions", "Count, list and end live sessions");
  sessions->require_subcommand(1);
  auto counted = std::make_shared<stats_flags>();
  auto* command
    = add_command(*sessions, "stats",
                  "Count the sessions now, and what happened to them since the start of the node",
                  counted, chosen, stats);
  add_company_flag(*command, counted->company);
  add_json_flag(*command, counted->json);
  auto listed = std::make_shared<sessions_flags>();
  command = add_command(*sessions, "list", "Print the open sessions, the oldest first", listed,
                        chosen, list);
  command->add_option("--user", listed->user, "Those of this user")->type_name("ID");
  add_company_flag(*command, listed->company);
  add_list_flags(*command, listed->range);
  add_json_flag(*command, listed->json, "Print each as JSON on one line");
  auto ended = std::make_shared<disconnect_flags>();
  command = add_command(*sessions, "disconnect",
                        "End a session, or all of a user, with 4003; they may come back with a "
                        "token that is still valid",
                        ended, chosen, disconnect);
  command->add_option("id", ended->id, "Number of the session, see `sessions list`")
    ->check(check_number_of("a session"), "");
  command->add_option("--user", ended->user, "All sessions of this user")->type_name("ID");
  add_json_flag(*command, ended->json);
}

} // namespace carillon::commands
