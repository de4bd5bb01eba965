#pragma once

#include "messages/type_registry.hpp"

#include <string>

namespace carillon {

/// The event types as an AsyncAPI 2.6 document in YAML, by name; the payload schemas are those of
/// the registry.
std::string asyncapi_yaml(const type_registry& types);

} // namespace carillon
