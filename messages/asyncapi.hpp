#pragma once

#include "messages/type_registry.hpp"

#include <string>

namespace carillon {

/// The event types as an AsyncAPI 2.6 document in YAML, by name: the envelope, and for each type
/// the schema of its `data` from the registry.
std::string asyncapi_yaml(const type_registry& types);

} // namespace carillon
