#pragma once

#include "node/commands/commands.hpp"
#include "node/commands/support/api_client.hpp"
#include "node/commands/support/output.hpp"

#include <functional>
#include <memory>
#include <optional>
#include <string>

namespace carillon::commands {

// Common parts of commands that call the admin port.

/// Adds a command that runs `what` with its flags.
template <class Flags>
command_line* add_command(command_line& to, const std::string& name, const std::string& meaning,
                          const std::shared_ptr<Flags>& flags, action& chosen,
                          int (*what)(const Flags&)) {
  auto* command = to.add_subcommand(name, meaning);
  add_admin_flags(*command, flags->connection);
  command->callback([flags, what, &chosen] { chosen = [flags, what] { return what(*flags); }; });
  return command;
}

/// CLI11's check for a number such as that of a webhook: it reads -1 as the maximum.
std::function<std::string(const std::string&)> check_number_of(const std::string& thing);

/// CLI11's check for the id of a user and similar ids.
std::string check_identifier(const std::string& text);

/// Most list entries in one answer.
inline constexpr uint64_t list_page_entries = 1'000;

/// Number of list entries to print.
struct list_flags {
  uint64_t limit = 100;
  bool all = false;
};

/// Adds `--limit` and `--all`.
void add_list_flags(command_line& command, list_flags& out);

/// Flags of every command that prints an answer.
struct answer_flags : output_flags {
  connection_options connection;
};

/// One call of the admin port.
using api_call = std::function<expected<api_answer>(api_client&)>;

/// An object of an answer as text for people, to the end of its last line.
using answer_text = std::function<std::string(const rapidjson::Value&)>;

/// Calls the port and prints the answer, with `--json` unchanged. Returns the exit code. If
/// printing fails, the node has still executed the request: the command reports that a secret in
/// the answer is lost.
int print_answer(const answer_flags& flags, const api_call& call, const answer_text& text);

/// Deletes the resource at `path` and prints `outcome`, with `--json` `{"deleted":true}`. Returns
/// the exit code.
int print_removal(const answer_flags& flags, const std::string& path, const std::string& outcome);

/// A list of the API, and its output format.
struct entry_list {
  std::string path;
  query_parameters query;
  /// Name of the answer's member with the entries.
  const char* name = nullptr;
  /// Line above the entries, if there is one.
  std::string title;
  answer_text row;
  /// Empty = the list is one page.
  std::optional<list_flags> range;
};

/// Fetches pages until there are enough entries or no more, and prints each; with `--json`
/// unchanged, on one line. Returns the exit code.
int print_entries(const answer_flags& flags, const entry_list& list);

} // namespace carillon::commands
