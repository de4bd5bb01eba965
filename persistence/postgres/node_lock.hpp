#pragma once

#include "base/failure.hpp"
#include "persistence/postgres/connection.hpp"

#include <atomic>
#include <mutex>

namespace carillon::postgres {

/// The exclusive right of one node to write: a lock that the database holds while our connection
/// lives, and an epoch that each new holder increments. Writers compare the epoch in their
/// transactions, so that a node that lost the lock unnoticed writes nothing. Thread-safe.
class node_lock {
public:
  node_lock(const std::string& url, const postgres_options& options) : connection_(url, options) {
  }

  /// Takes the lock. Errors: `store_locked` (another node has it). Throws.
  expected<void> lock();

  /// Increments the epoch after the previous holder's transactions have ended, so that it writes
  /// nothing more. Throws.
  expected<void> count();

  /// Checks whether the connection that holds the lock still lives, and takes the lock again if
  /// not. Called now and then, and before writing on a new connection. Errors: `store_locked`:
  /// another node has held it meanwhile, and all later writes are rejected. An unreachable
  /// database, or a holder that has not incremented the epoch, does not count as an error yet.
  expected<void> keep() noexcept;

  /// 0 = not taken: the database is shared.
  int64_t epoch() const noexcept {
    return epoch_;
  }

  /// Why a node that was replaced ends.
  static failure taken_over();

private:
  bool try_take();
  void look();

  std::mutex mutex_;
  connection connection_;
  /// Generation of the connection that took the lock.
  uint64_t generation_ = 0;
  std::atomic<int64_t> epoch_{0};
  bool superseded_ = false;
};

} // namespace carillon::postgres
