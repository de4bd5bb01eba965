#include "node/commands/commands.hpp"

#include <iostream>

namespace carillon::commands {

void add_version(CLI::App& root, action& chosen) {
  auto* command = root.add_subcommand("version", "Print the version");
  command->callback([&chosen] {
    chosen = [] {
      std::cout << "carillon " << CARILLON_VERSION << '\n';
      return success;
    };
  });
}

} // namespace carillon::commands
