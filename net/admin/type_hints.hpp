#pragma once

#include "messages/codec/type_registry.hpp"
#include "messages/events/filter.hpp"

#include <string>
#include <vector>

namespace carillon::admin {

/// A sentence for each pattern that matches no known type: it may be for a type that is registered
/// later, or a typing error. Names a similar pattern if there is one.
std::vector<std::string> type_warnings(const std::vector<type_pattern>& patterns,
                                       const type_registry& types);

} // namespace carillon::admin
