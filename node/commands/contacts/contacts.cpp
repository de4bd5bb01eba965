#include "base/json/appender.hpp"
#include "base/text/uri.hpp"
#include "messages/contacts/contact.hpp"
#include "node/commands/support/printable.hpp"
#include "node/commands/support/subcommand.hpp"
#include "node/commands/support/table.hpp"

#include <algorithm>
#include <array>
#include <optional>
#include <vector>

// `contacts list`, `show`, `put`, `delete`.

namespace carillon::commands {

// Names of its own: a build may compile all commands as one.
namespace contacts_command {
namespace {

struct contacts_flags : answer_flags {
  list_flags range;
  std::string company;
  std::string role;
};

struct contact_flags : answer_flags {
  std::string user;
  /// Empty text = without a company.
  std::optional<std::string> company;
};

struct put_flags : contact_flags {
  std::string email;
  std::string name;
  std::string role;
  // Muted types, or `*`.
  std::vector<std::string> no_email;
  std::vector<std::string> no_notification;
};

std::string path_of(const contact_flags& flags) {
  auto out = "/api/contacts/" + as_path_segment(flags.user);
  return flags.company ? out + "?companyId=" + as_path_segment(*flags.company) : out;
}

std::string contact_row(const std::string& user, const std::string& company,
                        const std::string& role, const std::string& name,
                        const std::string& email) {
  return table_row({{user, 20}, {company, 20}, {role, 10}, {name, 24}, {email}});
}

std::string row_of(const rapidjson::Value& x) {
  return contact_row(shown_member(x, "userId"), shown_member(x, "companyId"),
                     shown_member(x, "role"), shown_member(x, "name"), shown_member(x, "email"));
}

std::string muted_in(const rapidjson::Value& contact, contact_channel channel) {
  std::string out;
  auto muted = contact.FindMember("muted");
  if (muted == contact.MemberEnd() || !muted->value.IsObject())
    return "-";
  auto types = muted->value.FindMember(std::string{name_of(channel)}.c_str());
  if (types != muted->value.MemberEnd() && types->value.IsArray())
    for (const auto& x : types->value.GetArray())
      if (x.IsString())
        out += (out.empty() ? "" : ", ") + printable({x.GetString(), x.GetStringLength()});
  return out.empty() ? "-" : out;
}

std::string text_of(const rapidjson::Value& x) {
  constexpr std::array<std::pair<const char*, const char*>, 5> members{{{"user", "userId"},
                                                                        {"company", "companyId"},
                                                                        {"name", "name"},
                                                                        {"email", "email"},
                                                                        {"role", "role"}}};
  std::string out;
  for (const auto& [name, member] : members)
    out += named_line(name, shown_member(x, member));
  out += named_line("no mail of", muted_in(x, contact_channel::email));
  out += named_line("no notice of", muted_in(x, contact_channel::notification));
  return out + named_line("updated", shown_member(x, "updatedAt"));
}

int list(const contacts_flags& flags) {
  return print_entries(flags, {.path = "/api/contacts",
                               .query = {{"companyId", flags.company}, {"role", flags.role}},
                               .name = "contacts",
                               .title = contact_row("user", "company", "role", "name", "email"),
                               .row = row_of,
                               .range = flags.range});
}

int show(const contact_flags& flags) {
  return print_answer(
    flags, [&](auto& client) { return client.get(path_of(flags)); }, text_of);
}

void put_types(json_appender& json, const char* name, const std::vector<std::string>& types) {
  json.begin_array(name);
  for (const auto& x : types)
    json.item(x);
  json.end_array();
}

std::string body_of(const put_flags& flags) {
  std::string out;
  json_appender json{out};
  json.begin_object().begin_object("muted");
  put_types(json, "email", flags.no_email);
  put_types(json, "notification", flags.no_notification);
  json.end_object()
    .member_unless_empty("companyId", flags.company.value_or(""))
    .member_unless_empty("email", flags.email)
    .member_unless_empty("name", flags.name)
    .member_unless_empty("role", flags.role)
    .end_object();
  return out;
}

int put(const put_flags& flags) {
  return print_answer(
    flags,
    [&](auto& client) {
      return client.put("/api/contacts/" + as_path_segment(flags.user), body_of(flags));
    },
    text_of);
}

int remove(const contact_flags& flags) {
  return print_removal(flags, path_of(flags), "contact " + printable(flags.user) + " deleted\n");
}

std::string check_muted(const std::string& text) {
  return text == "*" || is_event_type(text) ? std::string{}
                                            : "'" + text + "' is neither an event type nor *";
}

template <class Flags>
command_line* add_contact_command(command_line& contacts, const std::string& name,
                                  const std::string& meaning, const std::shared_ptr<Flags>& flags,
                                  action& chosen, int (*what)(const Flags&)) {
  auto* command = add_command(contacts, name, meaning, flags, chosen, what);
  command->add_option("user", flags->user, "Id of the user, as in events")
    ->type_name("ID")
    ->required()
    ->check(check_identifier, "");
  return command;
}

void add_company_flag(command_line& command, contact_flags& flags) {
  command
    .add_option("--company", flags.company,
                "Whose contact it is, if the user is one of several; '' = of no company")
    ->type_name("ID");
}

void add_muted_flag(command_line& command, const std::string& name, std::vector<std::string>& out,
                    const std::string& meaning) {
  command.add_option(name, out, meaning)
    ->type_name("TYPES")
    ->delimiter(',')
    ->allow_extra_args(false) // The next argument is the user.
    ->check(check_muted, "");
}

void add_put(command_line& contacts, action& chosen) {
  auto flags = std::make_shared<put_flags>();
  auto* command = add_contact_command(contacts, "put",
                                      "Add a contact, or replace it as a whole: what is not named "
                                      "is empty",
                                      flags, chosen, put);
  command->add_option("--email", flags->email, "Without it there is no mail")->type_name("ADDRESS");
  command->add_option("--name", flags->name, "As mails call them")->type_name("NAME");
  command->add_option("--company", flags->company, "Whose contact it is")->type_name("ID");
  command
    ->add_option("--role", flags->role,
                 "admin for what concerns the whole company, or another of [a-z0-9_-]")
    ->type_name("ROLE");
  add_muted_flag(*command, "--no-email", flags->no_email,
                 "Event types, as order.created,order.shipped, that they want no mail of; * = of "
                 "none");
  add_muted_flag(*command, "--no-notification", flags->no_notification,
                 "Event types that they want no notification of; * = of none");
  add_json_flag(*command, flags->json);
}

} // namespace
} // namespace contacts_command

void add_contacts(command_line& root, action& chosen) {
  using namespace contacts_command;
  auto* contacts
    = root.add_subcommand("contacts", "List, show and change those whom handlers write to");
  contacts->require_subcommand(1);
  auto listed = std::make_shared<contacts_flags>();
  auto* command
    = add_command(*contacts, "list", "Print contacts, by user id", listed, chosen, list);
  command->add_option("--company", listed->company, "Those of this company")->type_name("ID");
  command->add_option("--role", listed->role, "Those of this role")->type_name("ROLE");
  add_list_flags(*command, listed->range);
  add_json_flag(*command, listed->json, "Print each as JSON on one line");
  auto shown = std::make_shared<contact_flags>();
  command = add_contact_command(*contacts, "show", "Print a contact", shown, chosen, show);
  add_company_flag(*command, *shown);
  add_json_flag(*command, shown->json);
  add_put(*contacts, chosen);
  auto erased = std::make_shared<contact_flags>();
  command = add_contact_command(*contacts, "delete",
                                "Delete a contact: it gets nothing more, and what it did not want "
                                "is forgotten",
                                erased, chosen, remove);
  add_company_flag(*command, *erased);
  add_json_flag(*command, erased->json, "Print JSON");
}

} // namespace carillon::commands
