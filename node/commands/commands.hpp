#pragma once

#include "node/commands/support/command_line.hpp"

#include <functional>

namespace carillon::commands {

/// Exit codes of the process.
inline constexpr int success = 0;
inline constexpr int fault = 1;
inline constexpr int usage = 2;

/// The action that the command line selects; returns the exit code.
using action = std::function<int()>;

// Each function adds one command, with its options, to the command line. Parsing sets `chosen` to
// the selected command; it runs afterwards.
void add_serve(command_line& root, action& chosen);
void add_check_config(command_line& root, action& chosen);
void add_publish(command_line& root, action& chosen);
void add_tail(command_line& root, action& chosen);
void add_query(command_line& root, action& chosen);
void add_stats(command_line& root, action& chosen);
void add_metrics(command_line& root, action& chosen);
void add_replay(command_line& root, action& chosen);
void add_keys(command_line& root, action& chosen);
void add_audit(command_line& root, action& chosen);
void add_outbox(command_line& root, action& chosen);
void add_relay(command_line& root, action& chosen);
void add_migrate(command_line& root, action& chosen);
void add_copy(command_line& root, action& chosen);
void add_export(command_line& root, action& chosen);
void add_log(command_line& root, action& chosen);
void add_backup(command_line& root, action& chosen);
void add_restore(command_line& root, action& chosen);
void add_webhooks(command_line& root, action& chosen);
void add_inbound(command_line& root, action& chosen);
void add_sessions(command_line& root, action& chosen);
void add_consumers(command_line& root, action& chosen);
void add_jobs(command_line& root, action& chosen);
void add_contacts(command_line& root, action& chosen);
void add_notifications(command_line& root, action& chosen);
void add_documents(command_line& root, action& chosen);
void add_schedules(command_line& root, action& chosen);
void add_types(command_line& root, action& chosen);
void add_mcp(command_line& root, action& chosen);
void add_nodes(command_line& root, action& chosen);
void add_version(command_line& root, action& chosen);

/// The part of `audit` for proofs of single events.
void add_audit_proofs(command_line& audit, action& chosen);

// The parts of `webhooks`: each function adds its commands.
void add_webhooks_settings(command_line& webhooks, action& chosen);
void add_webhooks_control(command_line& webhooks, action& chosen);
void add_webhooks_deliveries(command_line& webhooks, action& chosen);
void add_webhooks_verify(command_line& webhooks, action& chosen);

/// Adds the hidden command that prints all commands and options as JSON: man pages and completions
/// are made from it.
void add_describe(CLI::App& root, action& chosen);

/// Adds all commands.
void add_commands(CLI::App& root, action& chosen);

/// Parses the command line and runs the command; returns the exit code. A command fails with code 1
/// and a line on standard error if its output cannot be written.
int run(int argc, const char* const* argv);

} // namespace carillon::commands
