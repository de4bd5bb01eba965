#pragma once

#include "messages/consumers/consumer.hpp"
#include "messages/consumers/replay_target.hpp"

#include <string>
#include <vector>

namespace carillon {

/// For operators: which targets have not taken the events of a replay, and why, as in
/// `waits for handler/points, which is paused`. Names the first five.
/// @param targets not empty
/// @param all the consumers of the supervisor
std::string waits_for(const std::vector<replay_target>& targets,
                      const std::vector<consumer_status>& all);

} // namespace carillon
