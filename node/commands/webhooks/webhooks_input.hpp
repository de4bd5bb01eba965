#pragma once

#include "base/failure.hpp"
#include "node/commands/support/command_line.hpp"

#include <cstddef>
#include <string>
#include <vector>

namespace carillon::commands {

/// All of a file, byte for byte; `-` is standard input. Errors: `invalid_argument` with `field`.
expected<std::string> read_file(const std::string& path, const char* field, size_t max_bytes);

/// Appends the lines of a file of secrets; empty lines are skipped. Errors: as `read_file`.
expected<void> append_lines(const std::string& file, const char* field,
                            std::vector<std::string>& out);

/// A secret that an operator supplies.
struct secret_flags {
  std::string text;
  std::string file;
};

/// Adds `--secret` and `--secret-file`.
void add_secret_flags(command_line& command, secret_flags& out);

/// The secret, empty if none was given. Errors: `invalid_argument`, also for an invalid secret.
expected<std::string> secret_of(const secret_flags& x);

} // namespace carillon::commands
