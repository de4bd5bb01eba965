#include "node/commands/printable.hpp"
#include "node/commands/subcommand.hpp"

#include <array>
#include <iomanip>
#include <iostream>
#include <utility>

// `sessions stats`, `list`, `disconnect`.

namespace carillon::commands {

namespace {

std::string path_of(const std::string& what) {
  return "/api/events/websocket/" + what;
}

struct stats_flags {
  connection_options connection;
  std::string company;
  bool json = false;
};

struct sessions_flags : stats_flags {
  list_flags range;
  std::string user;
};

struct disconnect_flags {
  connection_options connection;
  uint64_t id = 0;
  std::string user;
  bool json = false;
};

void print_figure(const std::string& name, uint64_t x) {
  std::cout << std::left << std::setw(20) << name << ' ' << std::right << std::setw(12) << x
            << '\n';
}

/// Those since the start are not there for one company.
void print_stats(const rapidjson::Value& x) {
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
  for (const auto& [name, meaning] : figures)
    if (x.HasMember(name))
      print_figure(meaning, number_member(x, name));
  auto companies = x.FindMember("byCompany");
  if (companies == x.MemberEnd() || !companies->value.IsArray())
    return;
  for (const auto& y : companies->value.GetArray())
    if (y.IsObject())
      print_figure("of " + shown_member(y, "companyId"), number_member(y, "connections"));
}

int stats(const stats_flags& flags) {
  auto client = api_client::make(flags.connection);
  if (!client)
    return report(client.error());
  auto found = json_of(client->get(path_of("stats"), {{"companyId", flags.company}}));
  if (!found)
    return report(found.error());
  if (flags.json)
    std::cout << to_text(*found) << '\n';
  else
    print_stats(*found);
  return success;
}

void print_row(const std::string& id, const std::string& user, const std::string& company,
               const std::string& transport, const std::string& state, const std::string& opened) {
  std::cout << std::left << std::setw(10) << id << ' ' << std::setw(20) << user << ' '
            << std::setw(20) << company << ' ' << std::setw(10) << transport << ' ' << std::setw(12)
            << state << ' ' << opened << '\n';
}

void print_session(const rapidjson::Value& x) {
  auto live = x.FindMember("live");
  auto is_live = live != x.MemberEnd() && live->value.IsTrue();
  print_row(std::to_string(number_member(x, "id")), shown_member(x, "userId"),
            shown_member(x, "companyId"), shown_member(x, "transport"),
            is_live ? "live" : "catching up", shown_member(x, "openedAt"));
}

int list(const sessions_flags& flags) {
  auto client = api_client::make(flags.connection);
  if (!client)
    return report(client.error());
  bool titled = flags.json;
  auto print = [&](const rapidjson::Value& x) {
    if (!std::exchange(titled, true))
      print_row("id", "user", "company", "transport", "state", "opened");
    if (flags.json)
      std::cout << to_text(x) << '\n';
    else
      print_session(x);
  };
  auto done = for_each_entry(*client, path_of("sessions"),
                             {{"companyId", flags.company}, {"userId", flags.user}}, "sessions",
                             flags.range, print);
  return done ? success : report(done.error());
}

int disconnect(const disconnect_flags& flags) {
  if ((flags.id == 0) == flags.user.empty())
    return report({ec::invalid_argument, "give either the number of a session or --user", {}});
  auto client = api_client::make(flags.connection);
  if (!client)
    return report(client.error());
  auto what
    = flags.id != 0 ? "sessions/" + std::to_string(flags.id) : "users/" + path_segment(flags.user);
  auto ended = json_of(client->remove(path_of(what)));
  if (!ended)
    return report(ended.error());
  auto n = number_member(*ended, "disconnected");
  if (flags.json)
    std::cout << to_text(*ended) << '\n';
  else
    std::cout << n << (n == 1 ? " session" : " sessions") << " disconnected\n";
  return success;
}

void add_company_flag(CLI::App& command, std::string& out) {
  command.add_option("--company", out, "Those of this company")->type_name("ID");
}

} // namespace

void add_sessions(CLI::App& root, action& chosen) {
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
