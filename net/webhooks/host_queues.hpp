#pragma once

#include "messages/bounds.hpp"
#include "net/webhooks/pending_request.hpp"

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
  /// Requests under way, in which companies have fair shares; null = no shares.
  bound_ptr connections = nullptr;
};

/// Decides which request starts next. Hosts take turns. While connections are scarce a host that
/// has not answered lately gets few, see `http_client_options`.
///
/// Within a host, the senders of requests share its limit: next is the sender with the fewest
/// requests under way, among equals the one that waits longest; the requests of a sender start in
/// order. The last free place of a host with several senders is reserved for those below their
/// equal share, so that a sender with slow answers never holds all places when another arrives.
/// Senders of a host are remembered for a minute.
///
/// Companies share the total: while a company has its full share, its requests wait, and requests
/// of others to the same host go first. Not thread-safe.
class host_queues {
public:
  static constexpr std::chrono::seconds remembered{60};

  explicit host_queues(host_limits limits) : limits_(limits) {
  }

  void add(pending_request_ptr x);

  /// The next request that may start, counted as active from now on; null if none may.
  pending_request_ptr next();

  /// A request of `next()` has ended. `answered`: with an answer of any status.
  void finished(const pending_request& x, bool answered,
                steady_clock::time_point now = steady_clock::now());

  /// Removes waiting requests beyond their deadline. Visits all waiting ones.
  std::vector<pending_request_ptr> expire(steady_clock::time_point now);

  /// Removes all waiting requests.
  std::vector<pending_request_ptr> clear();

  /// Forgets senders and hosts without requests for `remembered`.
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
  /// Requests of one sender at a host.
  struct lane {
    std::deque<pending_request_ptr> waiting;
    size_t active = 0;
    /// Greater than that of all senders that started a request before.
    uint64_t turn = 0;
    steady_clock::time_point used_at;
    /// In `used_`.
    bool noted = false;
  };

  struct host {
    std::string origin;
    std::unordered_map<uint64_t, lane> lanes;
    /// Senders with waiting requests: requests under way, turn, sender.
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
  pending_request_ptr take_next(host& x);
  pending_request_ptr start(host& x, uint64_t sender, lane& of);
  void hold(host& x);
  void release();
  void note_use(host& x, uint64_t sender, lane& y, steady_clock::time_point now);
  void forget_if_empty(host& x);
  void list(host& x);

  host_limits limits_;
  std::unordered_map<std::string, host> hosts_;
  /// Hosts that may have a request to start. A host at its limit leaves, and returns when one of
  /// its requests has ended.
  std::deque<host*> ready_;
  /// Hosts with a request whose company has used up its share.
  std::deque<host*> held_;
  /// When lanes were used, each lane once, the longest unused ones about first.
  std::deque<use> used_;
  uint64_t turns_ = 0;
  size_t waiting_ = 0;
  size_t active_ = 0;
};

} // namespace carillon::http
