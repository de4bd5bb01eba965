#include "node/commands/commands.hpp"

namespace carillon::commands {

void add_webhooks(CLI::App& root, action& chosen) {
  auto* webhooks = root.add_subcommand("webhooks", "Check webhooks");
  webhooks->require_subcommand(1);
  add_webhooks_verify(*webhooks, chosen);
}

} // namespace carillon::commands
