#include "node/commands/commands.hpp"
#include "node/commands/support/api_client.hpp"
#include "node/commands/support/output.hpp"
#include "persistence/outbox/source.hpp"

#include <iostream>
#include <memory>

// `outbox ddl`, `status`.

namespace carillon::commands {

// Names of its own: a build may compile all commands as one.
namespace outbox_command {
namespace {

struct ddl_flags {
  std::string dialect;
  bool json = false;
};

struct status_flags : output_flags {
  std::string from;
};

int print_ddl(const ddl_flags& flags) {
  const auto text = outbox_ddl(flags.dialect);
  if (text.empty())
    return report({ec::internal, "this program has no statements for it", "dialect"});
  if (flags.json)
    std::cout << json_line{}.add("dialect", flags.dialect).add("sql", text).text() << '\n';
  else
    std::cout << text;
  return success;
}

int print_status(const status_flags& flags) {
  auto source = open_outbox(flags.from, {});
  if (!source)
    return report(source.error());
  auto state = (*source)->look();
  if (!state)
    return report(state.error());
  print_outcome(flags, {.json = json_line{}
                                  .add("waiting", state->waiting)
                                  .add("refused", state->refused)
                                  .add("oldestSeconds", state->oldest_seconds)
                                  .text(),
                        .value = std::to_string(state->waiting),
                        .text = "waiting " + std::to_string(state->waiting) + ", put aside "
                                + std::to_string(state->refused) + ", the oldest for "
                                + std::to_string(state->oldest_seconds) + " s\n"});
  return success;
}

} // namespace
} // namespace outbox_command

void add_outbox(command_line& root, action& chosen) {
  using namespace outbox_command;
  auto* outbox = root.add_subcommand(
    "outbox", "Outboxes: events that a database commits with an application's own rows");
  outbox->require_subcommand(1);
  auto made = std::make_shared<ddl_flags>();
  auto* ddl = outbox->add_subcommand("ddl", "Print the statements that make the tables");
  ddl->add_option("--dialect", made->dialect, "Of which database")
    ->one_of({"postgresql", "mysql", "mariadb", "sqlite"})
    ->required();
  add_json_flag(*ddl, made->json, "Print them as the member of a JSON object");
  ddl->callback([made, &chosen] { chosen = [made] { return print_ddl(*made); }; });
  auto asked = std::make_shared<status_flags>();
  auto* status = outbox->add_subcommand("status", "Show how many rows wait, and were put aside");
  status->add_option("--from", asked->from, "Database with the table carillon_outbox")
    ->type_name("URL")
    ->envname("CARILLON_FROM")
    ->required();
  add_json_flag(*status, asked->json, "Print it as JSON");
  add_quiet_flag(*status, asked->quiet, "how many rows wait");
  status->callback([asked, &chosen] { chosen = [asked] { return print_status(*asked); }; });
}

} // namespace carillon::commands
