#pragma once

#include "messages/jobs/queue.hpp"
#include "messages/workers/interfaces.hpp"

#include <chrono>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace carillon {

/// A queue whose jobs are done by workers outside of the node: the job dispatcher leases jobs for
/// the desk that the workers join, as far as it has room.
struct remote_job_queue {
  std::string name;
  /// Only jobs of this company; empty = of any.
  std::optional<std::string> company_id;
  worker_desk_actor desk;
  /// The desk's: a job that is neither acknowledged nor extended for so long has failed.
  std::chrono::milliseconds ack_timeout{30'000};
  /// Pauses before attempt 2, 3, …; after the last attempt the job is dead.
  std::vector<std::chrono::milliseconds> retry_schedule = job_queue{}.retry_schedule;
};

/// Never null.
using remote_job_queue_ptr = std::shared_ptr<const remote_job_queue>;

/// How the dispatcher and a desk call the queue of a company. No name has a line break.
std::string remote_queue_key(std::string_view name, const std::optional<std::string>& company_id);

/// Whether the name may be that of a queue: 1 to 64 of `[a-z0-9_-]`, beginning with a letter.
bool is_queue_name(std::string_view x) noexcept;

/// True for queues of the built-in handlers, whether they run here or not: nobody outside fills
/// or serves them.
bool is_built_in_queue(std::string_view name) noexcept;

} // namespace carillon
