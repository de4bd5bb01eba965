#include "base/json/appender.hpp"
#include "node/commands/support/printable.hpp"
#include "node/commands/support/subcommand.hpp"
#include "node/commands/support/table.hpp"

// `notifications list`, `show`, `read`, `read-all`.

namespace carillon::commands {

// Names of its own: a build may compile all commands as one.
namespace notifications_command {
namespace {

constexpr const char* notifications_path = "/api/notifications";

struct user_flags : answer_flags {
  std::string user;
};

struct notifications_flags : user_flags {
  list_flags range;
  std::string company;
  bool unread = false;
};

struct notification_flags : user_flags {
  uint64_t id = 0;
};

std::string notification_row(const std::string& id, const std::string& created,
                             const std::string& state, const std::string& kind,
                             const std::string& title) {
  return table_row({{id, 10}, {created, 28}, {state, 6}, {kind, 28}, {title}});
}

std::string row_of(const rapidjson::Value& x) {
  return notification_row(std::to_string(number_member(x, "id")), shown_member(x, "createdAt"),
                          text_member(x, "readAt").empty() ? "unread" : "read",
                          shown_member(x, "kind"), shown_member(x, "title"));
}

int list(const notifications_flags& flags) {
  return print_entries(flags, {.path = notifications_path,
                               .query = {{"userId", flags.user},
                                         {"companyId", flags.company},
                                         {"unread", flags.unread ? "true" : ""}},
                               .name = "notifications",
                               .title = notification_row("id", "created", "state", "kind", "title"),
                               .row = row_of,
                               .range = flags.range});
}

/// Number of notifications that were marked as read.
std::string text_of(const rapidjson::Value& x) {
  auto n = number_member(x, "read");
  return std::to_string(n) + (n == 1 ? " notification" : " notifications") + " marked as read\n";
}

std::string path_of(const notification_flags& flags) {
  return std::string{notifications_path} + '/' + std::to_string(flags.id);
}

std::string shown(const rapidjson::Value& x) {
  auto out = named_line("notification", std::to_string(number_member(x, "id")));
  for (const auto& [name, member] :
       std::initializer_list<std::pair<const char*, const char*>>{{"user", "userId"},
                                                                  {"company", "companyId"},
                                                                  {"kind", "kind"},
                                                                  {"title", "title"},
                                                                  {"body", "body"},
                                                                  {"link", "link"},
                                                                  {"created", "createdAt"},
                                                                  {"read", "readAt"}})
    out += named_line(name, shown_member(x, member));
  return out;
}

int show(const notification_flags& flags) {
  return print_answer(
    flags,
    [&](auto& client) {
      return client.get(path_of(flags), {{"userId", flags.user}});
    },
    shown);
}

int read(const notification_flags& flags) {
  std::string body;
  json_appender{body}.begin_object().member_unless_empty("userId", flags.user).end_object();
  return print_answer(
    flags, [&](auto& client) { return client.post(path_of(flags) + "/read", body); }, text_of);
}

int read_all(const user_flags& flags) {
  std::string body;
  json_appender{body}.begin_object().member("userId", flags.user).end_object();
  return print_answer(
    flags,
    [&](auto& client) { return client.post(std::string{notifications_path} + "/read", body); },
    text_of);
}

void add_user_flag(command_line& command, std::string& out) {
  command.add_option("--user", out, "Of this user")
    ->type_name("ID")
    ->required()
    ->check(check_identifier, "");
}

void add_notification_command(command_line& notifications, const std::string& name,
                              const std::string& meaning, action& chosen,
                              int (*what)(const notification_flags&)) {
  auto one = std::make_shared<notification_flags>();
  auto* command = add_command(notifications, name, meaning, one, chosen, what);
  command->add_option("id", one->id, "Number of the notification, see `notifications list`")
    ->required()
    ->check(check_number_of("a notification"), "");
  command->add_option("--user", one->user, "Only if it is of this user")
    ->type_name("ID")
    ->check(check_identifier, "");
  add_json_flag(*command, one->json);
}

} // namespace
} // namespace notifications_command

void add_notifications(command_line& root, action& chosen) {
  using namespace notifications_command;
  auto* notifications
    = root.add_subcommand("notifications", "List what somebody was notified of, and mark it read");
  notifications->require_subcommand(1);
  auto listed = std::make_shared<notifications_flags>();
  auto* command
    = add_command(*notifications, "list", "Print the notifications of a user, the newest first",
                  listed, chosen, list);
  add_user_flag(*command, listed->user);
  command->add_option("--company", listed->company, "Those of this company")->type_name("ID");
  command->add_flag("--unread", listed->unread, "Only those that were not read");
  add_list_flags(*command, listed->range);
  add_json_flag(*command, listed->json, "Print each as JSON on one line");
  add_notification_command(*notifications, "show", "Print a notification", chosen, show);
  add_notification_command(*notifications, "read", "Mark a notification as read", chosen, read);
  auto all = std::make_shared<user_flags>();
  command = add_command(*notifications, "read-all", "Mark all notifications of a user as read", all,
                        chosen, read_all);
  add_user_flag(*command, all->user);
  add_json_flag(*command, all->json);
}

} // namespace carillon::commands
