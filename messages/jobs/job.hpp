#pragma once

#include "base/failure.hpp"
#include "messages/events/event.hpp"

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace carillon {

/// Work that is to be done once, apart from the event that caused it.
struct job_draft {
  /// 1–64 of `[a-z0-9._-]`, beginning with a letter: `email.order_confirmation`. The part before
  /// its first dot names its queue, which has the workers, limits and pauses.
  std::string kind;
  /// A second job of the same key, queue and company is not enqueued while the first one is kept;
  /// 1–256 bytes.
  std::string key;
  /// A JSON object, ≤ 256 KiB.
  std::string payload;
  /// Empty = of no company.
  std::string company_id;
  /// The event that caused it; 0 = none.
  position event_seq = 0;
  /// Not before; the epoch = at once.
  timestamp run_at;
  /// Higher goes first among those that are due; −100 to 100.
  int32_t priority = 0;
  /// W3C Trace Context of its cause; empty if none.
  std::string traceparent = {};
};

/// Where a job is between its enqueuing and its end.
enum class job_state : uint8_t {
  /// Waits to be due, or for a worker.
  queued,
  /// A worker has it, until its lease ends.
  running,
  done,
  /// Failed for good; an operator may retry it.
  dead,
  cancelled,
};

/// The name of the enumerator.
std::string_view name_of(job_state x) noexcept;
/// Inverse of `name_of`; empty for any other text.
std::optional<job_state> job_state_from(std::string_view name) noexcept;

/// How far a worker has come, as it said itself.
struct job_progress {
  /// For people; at most `job_limits::note_bytes`.
  std::string note;
  /// 0–100; empty = it did not say.
  std::optional<uint32_t> percent;
  timestamp at;
};

/// A job as it is stored.
struct job {
  uint64_t id = 0;
  std::string kind;
  std::string key;
  std::string payload;
  std::string company_id;
  position event_seq = 0;
  int32_t priority = 0;
  job_state state = job_state::queued;
  /// Times that a worker leased it.
  uint32_t attempts = 0;
  /// Due then; of a running one, the end of its lease.
  timestamp run_at;
  /// Fencing number of the lease. A worker with another number has lost the job.
  uint64_t fence = 0;
  std::string last_error;
  timestamp created_at;
  timestamp updated_at;
  /// What the worker returned with the end, as JSON; empty = nothing.
  std::string result = {};
  /// The last note; empty = there was none.
  std::optional<job_progress> progress = {};
  /// As the draft had it.
  std::string traceparent = {};
};

/// The queue of a kind of jobs.
std::string_view queue_of(std::string_view kind) noexcept;

/// True for a text that `job_draft::kind` allows.
bool is_job_kind(std::string_view x) noexcept;

/// Whether it may be enqueued. Errors: `invalid_argument`, `too_large`, `malformed_json`, with the
/// field.
expected<void> check(const job_draft& x);

/// Errors: `too_large`, `invalid_argument`, with the field.
expected<void> check(const job_progress& x);

/// Limits of a job; `priority` is both bounds, the lower one negative.
struct job_limits {
  static constexpr size_t kind_bytes = 64;
  static constexpr size_t key_bytes = 256;
  static constexpr size_t payload_bytes = 256UL * 1024;
  static constexpr int32_t priority = 100;
  /// Of `job_outcome::result`: it fits into a message of a worker.
  static constexpr size_t result_bytes = 32UL * 1024;
  static constexpr size_t note_bytes = 500;
};

} // namespace carillon
