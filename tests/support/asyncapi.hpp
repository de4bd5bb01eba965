#pragma once

#include "messages/codec/type_registry.hpp"

#include <string>

namespace carillon {

/// An AsyncAPI 2.6 document in YAML: the messages of live sessions and of workers, and the event
/// types by name: the envelope, and for each type the schema of its `data` from the registry.
std::string asyncapi_yaml(const type_registry& types);

} // namespace carillon
