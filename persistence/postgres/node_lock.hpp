#pragma once

#include "persistence/postgres/connection.hpp"

#include <atomic>
#include <mutex>

namespace carillon::postgres {

/// The right of one node to write: a lock that the database holds for as long as our connection
/// lives, and a number that whoever takes the lock counts up. Writers compare the number in their
/// transactions, so that a node that lost the lock without noticing writes nothing. Thread-safe.
class node_lock {
public:
  node_lock(const std::string& url, const postgres_options& options) : connection_(url, options) {
  }

  /// Takes the lock. Errors: `store_locked` (another node has it). Throws.
  expected<void> lock();

  /// Counts up, when the transactions of whoever had the lock before have ended: it writes nothing
  /// more. Throws.
  expected<void> count();

  /// Finds out whether the connection that has the lock still lives, and if not takes the lock
  /// again. Called now and then, and before writing on a new connection. Errors: `store_locked`:
  /// another node has had it meanwhile, and whatever is written is refused from now on. A database
  /// that is away, or a lock that somebody has who has not counted up, is no error yet.
  expected<void> keep() noexcept;

  /// 0 = not taken: whoever shares the database.
  int64_t epoch() const noexcept {
    return epoch_;
  }

private:
  bool try_take();
  void look();
  static failure taken_over();

  std::mutex mutex_;
  connection connection_;
  /// Of the connection that the lock was taken by.
  uint64_t generation_ = 0;
  std::atomic<int64_t> epoch_{0};
  bool superseded_ = false;
};

} // namespace carillon::postgres
