#pragma once

#include "node/commands/serve/serving_process.hpp"
#include "node/node.hpp"
#include "node/options/options.hpp"

#include <memory>

namespace carillon::commands {

/// Starts the node, as a standby when it is its turn. Null if it was told to stop before. Errors:
/// those of `node::start` and `standby_phase::start`.
/// @param settings get the ports and the identity that the standby took
expected<std::unique_ptr<node>> start_in_turn(const serve_options& options, node_options& settings,
                                              serving_process process);

} // namespace carillon::commands
