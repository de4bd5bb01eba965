#pragma once

#include "node/commands/support/subcommand.hpp"

#include <memory>
#include <string>

namespace carillon::commands {

inline constexpr const char* webhooks_path = "/api/events/webhooks";

/// Flags of most commands about one webhook.
struct webhook_flags : answer_flags {
  uint64_t id = 0;
};

inline std::string path_of(const webhook_flags& x, const std::string& what = {}) {
  return std::string{webhooks_path} + "/" + std::to_string(x.id) + (what.empty() ? "" : "/" + what);
}

/// Adds the number of a webhook.
command_option* add_webhook_id(command_line& command, uint64_t& out);

/// Adds a command about one webhook, as `add_command` does.
template <class Flags>
command_line* add_webhook_command(command_line& to, const std::string& name,
                                  const std::string& meaning, const std::shared_ptr<Flags>& flags,
                                  action& chosen, int (*what)(const Flags&)) {
  auto* command = add_command(to, name, meaning, flags, chosen, what);
  add_webhook_id(*command, flags->id)->required();
  return command;
}

/// Prints the secret of an answer, if it is new, and the public key, if there is one: one line
/// each, after its name, for scripts.
void print_secret(const rapidjson::Value& answer, bool is_new);

} // namespace carillon::commands
