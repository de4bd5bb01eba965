#pragma once

#include "net/http/job.hpp"

#include <cstddef>
#include <deque>
#include <string>
#include <unordered_map>
#include <vector>

namespace carillon::http {

struct host_limits {
  size_t per_host = 8;
  size_t total = 256;
};

/// Which request starts next. Hosts take turns; each has its requests started in order. While
/// connections are scarce a host that has not answered lately gets few, see
/// `http_client_options`. Not thread-safe.
class host_queues {
public:
  explicit host_queues(host_limits limits) : limits_(limits) {
  }

  void add(job_ptr x);

  /// The next that may start, counted as active from now on; null if none may.
  job_ptr next();

  /// One of `next()` has ended. `answered`: with an answer, whatever its status.
  void finished(const std::string& origin, bool answered);

  /// Takes out what waits beyond its deadline. Looks at all that wait.
  std::vector<job_ptr> expire(steady_clock::time_point now);

  /// Takes out all that wait.
  std::vector<job_ptr> clear();

  size_t waiting() const noexcept {
    return waiting_;
  }

  size_t active() const noexcept {
    return active_;
  }

private:
  struct host {
    std::string origin;
    std::deque<job_ptr> waiting;
    size_t active = 0;
    bool answers = false;
    /// In `ready_`.
    bool listed = false;
  };

  size_t limit_of(const host& x) const noexcept;
  void list(host& x);
  void forget_if_idle(host& x);

  host_limits limits_;
  std::unordered_map<std::string, host> hosts_;
  /// Those which may have a request to start. One that is at its limit leaves, and comes back
  /// when a request of its own has ended.
  std::deque<host*> ready_;
  size_t waiting_ = 0;
  size_t active_ = 0;
};

} // namespace carillon::http
