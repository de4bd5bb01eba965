#pragma once

#include "base/failure.hpp"
#include "node/commands/support/command_line.hpp"

#include <cstdint>
#include <optional>
#include <string>
#include <utility>
#include <vector>

namespace carillon::commands {

/// Settings of a webhook on a command line; empty = not given.
struct webhook_settings_flags {
  std::optional<std::string> company;
  std::optional<std::string> url;
  std::optional<std::string> types;
  std::vector<std::string> headers;
  bool no_headers = false;
  std::optional<bool> ordered;
  std::optional<uint32_t> max_in_flight;
  std::optional<double> rate;
  std::optional<std::string> retry_schedule;
  std::optional<std::string> description;
  std::optional<bool> private_targets;
  /// JSON; `null` for none.
  std::optional<std::string> filter;
  std::optional<std::string> message;
};

/// Adds a flag for each setting that can be changed later, too.
void add_settings_flags(command_line& command, webhook_settings_flags& out);

/// Parses pauses in seconds from `60,300`, `1m,5m` or `none`. Errors: `invalid_argument`.
expected<std::vector<uint64_t>> parse_retry_schedule(const std::string& text);

/// Parses name and value from `Name: value`. Errors: `invalid_argument`; the detail does not repeat
/// the value, which may be a secret.
expected<std::pair<std::string, std::string>> parse_header(const std::string& text);

/// The API's JSON object of the given settings, with these texts too. Errors: `invalid_argument`.
expected<std::string> to_settings_json(const webhook_settings_flags& x,
                                       const std::vector<std::pair<std::string, std::string>>& more
                                       = {});

} // namespace carillon::commands
