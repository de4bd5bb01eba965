#pragma once

#include "node/commands/api_client.hpp"
#include "node/commands/commands.hpp"

#include <functional>
#include <memory>
#include <string>

namespace carillon::commands {

// What commands that ask the admin port have in common.

/// Adds a command that runs `what` with its flags.
template <class Flags>
CLI::App* add_command(CLI::App& to, const std::string& name, const std::string& meaning,
                      const std::shared_ptr<Flags>& flags, action& chosen,
                      int (*what)(const Flags&)) {
  auto* command = to.add_subcommand(name, meaning);
  add_admin_flags(*command, flags->connection);
  command->callback([flags, what, &chosen] { chosen = [flags, what] { return what(*flags); }; });
  return command;
}

inline void add_json_flag(CLI::App& command, bool& out,
                          const std::string& meaning = "Print the answer as it is") {
  command.add_flag("--json", out, meaning);
}

/// CLI11's check for the number of a thing, such as "a webhook": it takes -1 for the greatest.
std::function<std::string(const std::string&)> check_number_of(const std::string& thing);

/// Most entries of a list that one answer has.
inline constexpr uint64_t list_page_entries = 1'000;

/// How much of a list is printed.
struct list_flags {
  uint64_t limit = 100;
  bool all = false;
};

/// Adds `--limit` and `--all`.
void add_list_flags(CLI::App& command, list_flags& out);

/// Fetches pages of the list `name` until `flags` has enough or it ends, and calls `print` with
/// each entry. Errors: those of the API.
expected<void> for_each_entry(api_client& client, const std::string& path,
                              const query_parameters& query, const char* name,
                              const list_flags& flags,
                              const std::function<void(const rapidjson::Value&)>& print);

} // namespace carillon::commands
