#pragma once

#include "node/commands/support/command_line.hpp"
#include "node/options/options.hpp"

#include <memory>
#include <string>

namespace carillon::commands {

/// What the command line says about the options of `carillon serve`, as text.
struct serve_flags {
  std::string config;
  option_values given;
};

/// Adds `--config` and a flag for each option.
std::shared_ptr<serve_flags> add_serve_flags(command_line& command);

/// Flags, environment and file together. Errors: those of `resolve_options`.
expected<serve_options> resolve(const serve_flags& flags);

} // namespace carillon::commands
