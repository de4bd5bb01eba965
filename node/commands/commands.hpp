#pragma once

#include <CLI/App.hpp>
#include <CLI/Config.hpp>
#include <CLI/Formatter.hpp>

#include <functional>

namespace carillon::commands {

/// Exit codes of the process.
inline constexpr int success = 0;
inline constexpr int fault = 1;
inline constexpr int usage = 2;

/// What the command line asks for; answers the exit code.
using action = std::function<int()>;

// Each adds one command, with its options, to the command line. When it is chosen, parsing
// sets `chosen`; running it comes after.
void add_serve(CLI::App& root, action& chosen);
void add_check_config(CLI::App& root, action& chosen);
void add_publish(CLI::App& root, action& chosen);
void add_tail(CLI::App& root, action& chosen);
void add_query(CLI::App& root, action& chosen);
void add_stats(CLI::App& root, action& chosen);
void add_replay(CLI::App& root, action& chosen);
void add_keys(CLI::App& root, action& chosen);
void add_audit(CLI::App& root, action& chosen);
void add_migrate(CLI::App& root, action& chosen);
void add_copy(CLI::App& root, action& chosen);
void add_webhooks(CLI::App& root, action& chosen);
void add_sessions(CLI::App& root, action& chosen);
void add_jobs(CLI::App& root, action& chosen);
void add_contacts(CLI::App& root, action& chosen);
void add_notifications(CLI::App& root, action& chosen);
void add_documents(CLI::App& root, action& chosen);
void add_version(CLI::App& root, action& chosen);

// The parts of `webhooks`: each adds its commands to it.
void add_webhooks_settings(CLI::App& webhooks, action& chosen);
void add_webhooks_control(CLI::App& webhooks, action& chosen);
void add_webhooks_deliveries(CLI::App& webhooks, action& chosen);
void add_webhooks_verify(CLI::App& webhooks, action& chosen);

/// Adds all commands.
void add_commands(CLI::App& root, action& chosen);

/// Parses the command line and does what it asks for; answers the exit code. A command whose output
/// could not be written has failed: code 1, and a line on standard error.
int run(int argc, const char* const* argv);

} // namespace carillon::commands
