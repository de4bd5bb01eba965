#pragma once

#include "node/commands/commands.hpp"
#include "persistence/storage.hpp"

#include <string>

namespace carillon::commands {

/// The store of a command that needs no node.
struct store_flags {
  std::string store;
  std::string data_dir = "data";

  /// Options to open it the same way as `carillon serve`.
  storage_options options() const;
};

/// Adds `--store` and `--data-dir`.
void add_store_flags(command_line& command, store_flags& out);

} // namespace carillon::commands
