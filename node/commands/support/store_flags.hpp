#pragma once

#include "node/commands/commands.hpp"
#include "persistence/storage.hpp"

#include <string>

namespace carillon::commands {

/// Which store a command works on that needs no node.
struct store_flags {
  std::string store;
  std::string data_dir = "data";

  /// How it is opened: as `carillon serve` does.
  storage_options options() const;
};

/// Adds `--store` and `--data-dir`.
void add_store_flags(command_line& command, store_flags& out);

} // namespace carillon::commands
