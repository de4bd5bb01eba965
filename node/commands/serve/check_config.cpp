#include "handlers/email/templates.hpp"
#include "node/commands/commands.hpp"
#include "node/commands/support/serve_flags.hpp"
#include "node/commands/support/subcommand.hpp"

#include <iostream>
#include <memory>

namespace carillon::commands {

void add_check_config(command_line& root, action& chosen) {
  auto* command = root.add_subcommand(
    "check-config", "Check the options of `serve` and print what would hold, as a TOML file");
  auto flags = add_serve_flags(*command);
  auto json = std::make_shared<bool>(false);
  add_json_flag(*command, *json, "Print them as a JSON object instead");
  auto commented = std::make_shared<bool>(false);
  command
    ->add_flag("--template", *commented,
               "Print a file to edit: every option with its meaning, defaults commented out")
    ->excludes("--json");
  command->callback([flags, json, commented, &chosen] {
    chosen = [flags, json, commented] {
      auto options = resolve(*flags);
      if (!options) {
        std::cerr << "carillon: " << options.error().detail << '\n';
        return usage;
      }
      if (auto templates = template_set::load(options->node.engine.queues.templates); !templates) {
        std::cerr << "carillon: " << templates.error().detail << '\n';
        return usage;
      }
      if (auto files = check_files(*options); !files) {
        std::cerr << "carillon: " << files.error().detail << '\n';
        return usage;
      }
      std::cout << (*json        ? to_json(*options) + '\n'
                    : *commented ? to_template(*options)
                                 : to_toml(*options));
      return success;
    };
  });
}

} // namespace carillon::commands
