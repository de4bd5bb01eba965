#pragma once

#include "messages/codec/type_registry.hpp"
#include "messages/events/filter.hpp"

#include <string>
#include <vector>

namespace carillon::admin {

/// A sentence for each pattern that matches no type which the node knows: it may be meant for a
/// type that is registered later, or be a slip; one that is near is named.
std::vector<std::string> type_warnings(const std::vector<type_pattern>& patterns,
                                       const type_registry& types);

} // namespace carillon::admin
