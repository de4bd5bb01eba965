#pragma once

#include "node/commands/support/command_line.hpp"
#include "node/options/options.hpp"

#include <memory>
#include <string>

namespace carillon::commands {

/// Values of the options of `carillon serve` on the command line, as text.
struct serve_flags {
  std::string config;
  option_values given;
};

/// Adds `--config` and a flag for each option.
std::shared_ptr<serve_flags> add_serve_flags(command_line& command);

/// Merges flags, environment and file. Errors: those of `resolve_options`.
expected<serve_options> resolve(const serve_flags& flags);

} // namespace carillon::commands
