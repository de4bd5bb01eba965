#pragma once

#include "actors/workers/worker_book.hpp"
#include "messages/workers/deliveries.hpp"

#include <caf/typed_response_promise.hpp>

#include <cstddef>
#include <cstdint>
#include <map>
#include <optional>
#include <vector>

namespace carillon {

/// Pulls that wait for deliveries, by the workers that they are to the book. Answers no promise
/// itself, and has no bound of its own.
class waiting_pulls {
public:
  using clock = worker_book::clock;
  using worker_id = worker_book::worker_id;
  using promise = caf::typed_response_promise<handed_deliveries_ptr>;

  /// @param until when it is answered in any case
  /// @param ticket see `pull_deliveries`
  void add(worker_id x, promise to, clock::time_point until, uint64_t ticket);

  /// Its promise; it waits no more. The pull must be there.
  promise take(worker_id x);

  bool contains(worker_id x) const {
    return pulls_.contains(x);
  }

  /// The pull that the ticket names; empty if none does.
  std::optional<worker_id> named(uint64_t ticket) const;

  /// In the order of their beginning.
  std::vector<worker_id> all() const;

  /// Those whose time is over, in the order of their beginning.
  std::vector<worker_id> over(clock::time_point now) const;

  /// When the first one's time is over; empty if none waits.
  std::optional<clock::time_point> next_due() const;

  bool empty() const noexcept {
    return pulls_.empty();
  }

  size_t size() const noexcept {
    return pulls_.size();
  }

private:
  struct pull {
    promise to;
    clock::time_point until;
    uint64_t ticket = 0;
  };

  std::map<worker_id, pull> pulls_;
};

} // namespace carillon
