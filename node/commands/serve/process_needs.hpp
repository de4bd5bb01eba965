#pragma once

#include "base/failure.hpp"
#include "node/options/options.hpp"

#include <cstddef>

namespace carillon::commands {

// What a node needs of the system, by its options: descriptors and threads.

/// Logs a warning if fewer descriptors may be open than the node needs.
/// @param limit how many may be open
void warn_about_descriptors(const serve_options& options, size_t limit);

/// A node that runs out of threads while starting would hang, so it is not started. Errors:
/// `internal`.
expected<void> find_threads(const serve_options& options);

} // namespace carillon::commands
