#pragma once

#include "messages/bounds.hpp"
#include "net/webhooks/job.hpp"

#include <cstddef>
#include <cstdint>
#include <deque>
#include <set>
#include <string>
#include <tuple>
#include <unordered_map>
#include <vector>

namespace carillon::http {

struct host_limits {
  size_t per_host = 8;
  size_t total = 256;
  /// Requests under way, of which companies have fair shares; null = they have none.
  bound_ptr connections = nullptr;
};

/// Which request starts next. Hosts take turns. While connections are scarce a host that has not
/// answered lately gets few, see `http_client_options`.
///
/// Within a host, the senders of requests share its limit: next is the one with the fewest requests
/// under way, of several the one that waits longest; each has its own started in order. The last
/// free place of a host that several use is kept for those who are below their equal share, so that
/// one whose answers take long never holds all places when another comes. Who has used a host is
/// remembered for a minute.
///
/// Companies share the total: while one has its share, its requests wait, and those of the others
/// to the same host go before them. Not thread-safe.
class host_queues {
public:
  static constexpr std::chrono::seconds remembered{60};

  explicit host_queues(host_limits limits) : limits_(limits) {
  }

  void add(job_ptr x);

  /// The next that may start, counted as active from now on; null if none may.
  job_ptr next();

  /// One of `next()` has ended. `answered`: with an answer, whatever its status.
  void finished(const job& x, bool answered, steady_clock::time_point now = steady_clock::now());

  /// Takes out what waits beyond its deadline. Looks at all that wait.
  std::vector<job_ptr> expire(steady_clock::time_point now);

  /// Takes out all that wait.
  std::vector<job_ptr> clear();

  /// Forgets the senders and hosts of which there was nothing for `remembered`.
  void forget(steady_clock::time_point now);

  size_t waiting() const noexcept {
    return waiting_;
  }

  size_t active() const noexcept {
    return active_;
  }

  /// Hosts that are remembered.
  size_t hosts() const noexcept {
    return hosts_.size();
  }

private:
  /// What one sender has at a host.
  struct lane {
    std::deque<job_ptr> waiting;
    size_t active = 0;
    /// Greater than that of all who started a request before.
    uint64_t turn = 0;
    steady_clock::time_point used_at;
    /// In `used_`.
    bool noted = false;
  };

  struct host {
    std::string origin;
    std::unordered_map<uint64_t, lane> lanes;
    /// Those of which something waits: requests under way, turn, sender.
    std::set<std::tuple<size_t, uint64_t, uint64_t>> order;
    size_t active = 0;
    bool answers = false;
    /// In `ready_`.
    bool listed = false;
    /// In `held_`.
    bool held = false;
  };

  struct use {
    steady_clock::time_point at;
    host* of = nullptr;
    uint64_t sender = 0;
  };

  size_t limit_of(const host& x) const noexcept;
  bool may_start(const host& x, const lane& y) const noexcept;
  bool may_company_start(const lane& y);
  job_ptr take_next(host& x);
  job_ptr start(host& x, uint64_t sender, lane& of);
  void hold(host& x);
  void release();
  void note_use(host& x, uint64_t sender, lane& y, steady_clock::time_point now);
  void forget_if_empty(host& x);
  void list(host& x);

  host_limits limits_;
  std::unordered_map<std::string, host> hosts_;
  /// Those which may have a request to start. One that is at its limit leaves, and comes back
  /// when a request of its own has ended.
  std::deque<host*> ready_;
  /// Those with a request whose company has its share.
  std::deque<host*> held_;
  /// When lanes were used, each lane once, the longest unused ones about first.
  std::deque<use> used_;
  uint64_t turns_ = 0;
  size_t waiting_ = 0;
  size_t active_ = 0;
};

} // namespace carillon::http
