#pragma once

#include "messages/jobs/interfaces.hpp"

#include <caf/typed_response_promise.hpp>

#include <cstddef>
#include <optional>
#include <vector>

namespace carillon {

/// The request of workers that wait for jobs: see `await_jobs`. One thread.
class waiting_lease {
public:
  using promise = caf::typed_response_promise<leased_jobs_ptr>;
  using calls = std::vector<const enqueue_jobs*>;

  /// Ends the one before.
  void begin(const lease_jobs& x, promise to);

  /// Answers with null, if there is one.
  void end();

  /// What to lease behind these calls: of the queues to which they add; of none if nobody waits for
  /// one of them.
  lease_jobs wanted(const calls& xs);

  /// Answers with what was leased by the last `wanted`, and ends. Returns true if that tells of all
  /// jobs of these calls.
  bool answer(const calls& xs, leased_jobs found);

private:
  struct request {
    lease_jobs what;
    promise to;
  };

  std::optional<request> open_;
  /// Of the last `wanted`: which of the request's queues.
  std::vector<size_t> which_;
};

} // namespace carillon
