#include "base/text/masked.hpp"
#include "node/commands/commands.hpp"
#include "node/commands/support/output.hpp"
#include "node/exhaustion.hpp"
#include "node/process/signals.hpp"

#include <CLI/App.hpp>
#include <CLI/Config.hpp>
#include <CLI/Formatter.hpp>

#include <exception>
#include <iostream>

namespace carillon::commands {

// Names of its own: a build may compile all commands as one.
namespace run_command {
namespace {

int parse_and_run(int argc, const char* const* argv) {
  CLI::App root{"Carillon: publish events, keep every one, run every handler.", "carillon"};
  action chosen;
  add_commands(root, chosen);
  try {
    root.parse(argc, argv);
  } catch (const CLI::ParseError& error) {
    return root.exit(error) == 0 ? success : usage;
  }
  // A node handles signals itself; signals end any other command.
  if (!root.got_subcommand("serve"))
    release_signals();
  return chosen();
}

/// A command whose output was lost has failed.
int with_output(int code) {
  auto written = flush_output();
  if (written)
    return code;
  std::cerr << "carillon: " << written.error().detail << '\n';
  return code == success ? fault : code;
}

} // namespace
} // namespace run_command

void add_commands(CLI::App& app, action& chosen) {
  using namespace run_command;
  command_line root{app};
  root.require_subcommand(1);
  root.set_version_flag("--version", CARILLON_VERSION);
  for (auto add :
       {add_serve,   add_publish,  add_tail,          add_query,     add_stats,    add_metrics,
        add_replay,  add_keys,     add_audit,         add_webhooks,  add_sessions, add_consumers,
        add_jobs,    add_contacts, add_notifications, add_documents, add_types,    add_migrate,
        add_copy,    add_export,   add_log,           add_backup,    add_restore,  add_check_config,
        add_inbound, add_mcp,      add_nodes,         add_outbox,    add_relay,    add_schedules,
        add_version})
    add(root, chosen);
  add_describe(app, chosen);
}

int run(int argc, const char* const* argv) {
  using namespace run_command;
  try {
    return with_output(parse_and_run(argc, argv));
  } catch (const std::exception& error) {
    std::cerr << "carillon: " << text_of(error) << '\n';
    return fault;
  }
}

} // namespace carillon::commands
