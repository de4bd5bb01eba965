#pragma once

#include "node/commands/api_client.hpp"
#include "node/commands/commands.hpp"

#include <functional>
#include <memory>
#include <string>

namespace carillon::commands {

inline constexpr const char* webhooks_path = "/api/events/webhooks";

/// What most commands about one webhook take.
struct webhook_flags {
  connection_options connection;
  uint64_t id = 0;
  bool json = false;
};

inline std::string path_of(const webhook_flags& x, const std::string& what = {}) {
  return std::string{webhooks_path} + "/" + std::to_string(x.id) + (what.empty() ? "" : "/" + what);
}

/// Adds the number of a webhook.
CLI::Option* add_webhook_id(CLI::App& command, uint64_t& out);

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

/// The same, for a command about one webhook.
template <class Flags>
CLI::App* add_webhook_command(CLI::App& to, const std::string& name, const std::string& meaning,
                              const std::shared_ptr<Flags>& flags, action& chosen,
                              int (*what)(const Flags&)) {
  auto* command = add_command(to, name, meaning, flags, chosen, what);
  add_webhook_id(*command, flags->id)->required();
  return command;
}

inline void add_json_flag(CLI::App& command, bool& out,
                          const std::string& meaning = "Print the answer as it is") {
  command.add_flag("--json", out, meaning);
}

/// Prints the secret of an answer, if it is new, and the public key, if there is one, each on a
/// line of its own after its name, for scripts.
void print_secret(const rapidjson::Value& answer, bool is_new);

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
