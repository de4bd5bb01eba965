#pragma once

#include "messages/sessions/link.hpp"

#include <string>

namespace carillon {

/// A worker that connected: its way, and the consumer whose deliveries, or the queue whose jobs, it
/// takes.
struct open_worker {
  /// Name of the consumer or queue.
  std::string consumer;
  /// Company that the worker's key is bound to; empty = none.
  std::string company_id;
  session_link_ptr link;
  bool is_queue = false;
  /// The consumer may be one of a company, see `principal::may_work_for_companies`.
  bool companies = true;
};

} // namespace carillon
