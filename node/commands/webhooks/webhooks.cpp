#include "node/commands/webhooks/webhooks_command.hpp"

namespace carillon::commands {

command_option* add_webhook_id(command_line& command, uint64_t& out) {
  return command.add_option("id", out, "Number of the webhook, see `webhooks list`")
    ->check(check_number_of("a webhook"), "");
}

void add_webhooks(command_line& root, action& chosen) {
  auto* webhooks = root.add_subcommand(
    "webhooks", "Manage webhooks, explain their deliveries, check signatures");
  webhooks->require_subcommand(1);
  add_webhooks_settings(*webhooks, chosen);
  add_webhooks_control(*webhooks, chosen);
  add_webhooks_deliveries(*webhooks, chosen);
  add_webhooks_verify(*webhooks, chosen);
}

} // namespace carillon::commands
