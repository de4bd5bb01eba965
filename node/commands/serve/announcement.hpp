#pragma once

#include "node/node.hpp"
#include "node/options/options.hpp"
#include "node/process/standby_phase.hpp"

#include <string>

namespace carillon::commands {

// What who starts a node is told, on standard output and in the log.

/// Prints the key that a first start makes. Errors: `internal`.
expected<void> show_first_key(const std::string& key);

/// The node is ready, at these ports.
void announce(const serve_options& options, const node& x);

/// The node waits for its turn, at these ports.
void announce_standby(const serve_options& options, const standby_phase& x);

} // namespace carillon::commands
