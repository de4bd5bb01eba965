#include "node/commands/support/store_flags.hpp"

namespace carillon::commands {

storage_options store_flags::options() const {
  storage_options out;
  out.url = store.empty() ? "sqlite://" + data_dir : store;
  out.directory = data_dir;
  return out;
}

void add_store_flags(command_line& command, store_flags& out) {
  command
    .add_option("--store", out.store, "sqlite://… or postgresql://…; empty = the data directory")
    ->type_name("URL");
  command.add_option("--data-dir", out.data_dir, "Directory of the node")
    ->type_name("DIR")
    ->capture_default_str();
}

} // namespace carillon::commands
