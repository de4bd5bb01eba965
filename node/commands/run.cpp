#include "messages/masked.hpp"
#include "node/commands/commands.hpp"

#include <exception>
#include <iostream>

namespace carillon::commands {

namespace {

int parse_and_run(int argc, const char* const* argv) {
  CLI::App root{"Carillon: publish events, keep every one, run every handler.", "carillon"};
  root.require_subcommand(1);
  root.set_version_flag("--version", CARILLON_VERSION);
  action chosen;
  for (auto add : {add_serve, add_publish, add_tail, add_query, add_stats, add_replay, add_keys,
                   add_audit, add_webhooks, add_sessions, add_jobs, add_contacts, add_notifications,
                   add_documents, add_migrate, add_copy, add_check_config, add_version})
    add(root, chosen);
  try {
    root.parse(argc, argv);
  } catch (const CLI::ParseError& error) {
    return root.exit(error) == 0 ? success : usage;
  }
  return chosen();
}

} // namespace

int run(int argc, const char* const* argv) {
  try {
    return parse_and_run(argc, argv);
  } catch (const std::exception& error) {
    std::cerr << "carillon: " << masked(error.what()) << '\n';
    return fault;
  }
}

} // namespace carillon::commands
