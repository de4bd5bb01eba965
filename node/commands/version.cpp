#include "node/commands/commands.hpp"
#include "node/commands/support/output.hpp"

#include <memory>

namespace carillon::commands {

void add_version(command_line& root, action& chosen) {
  auto* command = root.add_subcommand("version", "Print the version");
  auto flags = std::make_shared<output_flags>();
  add_json_flag(*command, flags->json, "Print it as JSON");
  add_quiet_flag(*command, flags->quiet, "the number");
  command->callback([flags, &chosen] {
    chosen = [flags] {
      print_outcome(*flags, {.json = json_line{}.add("version", CARILLON_VERSION).text(),
                             .value = CARILLON_VERSION,
                             .text = "carillon " CARILLON_VERSION "\n"});
      return success;
    };
  });
}

} // namespace carillon::commands
