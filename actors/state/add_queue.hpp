#pragma once

#include "base/fair_queue.hpp"
#include "messages/ids.hpp"
#include "messages/jobs/requests.hpp"

#include <caf/typed_response_promise.hpp>

#include <cstdint>
#include <vector>

namespace carillon {

/// Calls that add jobs, and wait for their transaction. Those that wait together share one, which
/// costs one sync of the disk, up to a number of jobs and of bytes. Companies take turns, so that a
/// company that adds thousands delays another by one transaction. Unbounded: the callers are
/// bounded. One thread.
class add_queue {
public:
  struct item {
    enqueue_jobs call;
    caf::typed_response_promise<enqueued_jobs> promise;
  };

  struct limits {
    /// Jobs of a group, and bytes of their payloads; a call of more is a group of its own.
    uint64_t jobs = 1'024;
    uint64_t bytes = 8UL * 1024 * 1024;
  };

  add_queue() : add_queue(limits{}) {
  }
  explicit add_queue(const limits& x);

  bool empty() const noexcept {
    return waiting_.empty();
  }

  void push(item x);

  /// Takes the calls of the next transaction; not empty if the queue is not.
  std::vector<item> pop_group();

private:
  limits limits_;
  fair_queue<item> waiting_;
};

} // namespace carillon
