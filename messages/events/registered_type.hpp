#pragma once

#include "messages/events/event.hpp"

#include <string>

namespace carillon {

/// An event type registered at run time.
struct registered_type {
  std::string type;
  carillon::audience audience = carillon::audience::none;
  /// JSON Schema as it was registered.
  std::string schema;
  timestamp created_at;
};

} // namespace carillon
