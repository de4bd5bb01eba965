#include "node/commands/commands.hpp"
#include "node/commands/serve_flags.hpp"
#include "node/people/templates.hpp"

#include <iostream>

namespace carillon::commands {

void add_check_config(CLI::App& root, action& chosen) {
  auto* command = root.add_subcommand(
    "check-config", "Check the options of `serve` and print what would hold, as a TOML file");
  auto flags = add_serve_flags(*command);
  command->callback([flags, &chosen] {
    chosen = [flags] {
      auto options = resolve(*flags);
      if (!options) {
        std::cerr << "carillon: " << options.error().detail << '\n';
        return usage;
      }
      if (auto templates = template_set::load(options->node.engine.people.templates); !templates) {
        std::cerr << "carillon: " << templates.error().detail << '\n';
        return usage;
      }
      std::cout << to_toml(*options);
      return success;
    };
  });
}

} // namespace carillon::commands
