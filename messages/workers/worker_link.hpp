#pragma once

#include "messages/sessions/link.hpp"

#include <string>

namespace carillon {

/// A worker that connected: its way, and the consumer whose deliveries it takes.
struct open_worker {
  std::string consumer;
  /// Company that the worker's key is bound to; empty = none.
  std::string company_id;
  session_link_ptr link;
};

} // namespace carillon
