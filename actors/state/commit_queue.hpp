#pragma once

#include "base/fair_queue.hpp"
#include "messages/consumers/rows.hpp"
#include "messages/ids.hpp"

#include <caf/typed_response_promise.hpp>

#include <cstdint>
#include <vector>

namespace carillon {

/// Rows that a commit writes, about: one for its cursor, and one for each of its parts.
uint64_t rows_of(const consumer_commit& x) noexcept;

/// Commits that wait for their transaction. Those that wait together share one, which costs one
/// sync of the disk, up to a number of rows. The sharers (see `consumer_commit::share`) take turns:
/// the thousand endpoints of one company delay the commit of another by one transaction and one
/// turn, not by a thousand commits. Each consumer has at most one commit here. One thread.
class commit_queue {
public:
  struct item {
    consumer_commit_ptr commit;
    caf::typed_response_promise<atom::done> promise;
  };

  /// @param rows most rows of a group, > 0; a commit of more is a group of its own
  explicit commit_queue(uint64_t rows = 2048);

  bool empty() const noexcept {
    return waiting_.empty();
  }

  void push(item x);

  /// Takes the commits of the next transaction; not empty if the queue is not.
  std::vector<item> pop_group();

private:
  uint64_t rows_;
  fair_queue<item> waiting_;
};

} // namespace carillon
