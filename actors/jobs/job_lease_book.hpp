#pragma once

#include "messages/jobs/requests.hpp"

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <deque>
#include <optional>
#include <vector>

namespace carillon {

/// The leased jobs of one queue that are not begun, and when and for how many more to ask the
/// store. Plain logic.
class job_lease_book {
public:
  using clock = std::chrono::steady_clock;

  struct limits {
    /// Jobs at a time.
    size_t workers = 1;
    /// Jobs are leased ahead for this much work of the workers, and at most so many.
    clock::duration ahead{0};
    size_t batch = 0;
  };

  /// A request to the store.
  struct question {
    /// Jobs that it asked for, and those that came.
    size_t most = 0;
    size_t got = 0;
    /// How often jobs had been announced before it.
    uint64_t wakes = 0;
  };

  /// @param usual expected duration of an attempt, until some were made
  job_lease_book(const limits& x, clock::duration usual);

  // -- when -----------------------------------------------------------------------

  /// Jobs may be due.
  void wake() noexcept;

  /// Whether the store is to be asked for due jobs.
  bool may_be_due() const noexcept {
    return hungry_;
  }

  /// Wakes if a job is due by then.
  void wake_due(timestamp now);

  /// A job is due at this time.
  void expect(timestamp at);

  /// When jobs may be due without an announcement; empty = never, or they may be due now.
  std::optional<timestamp> next_due() const;

  // -- how many -------------------------------------------------------------------

  /// An attempt took this long. Recent ones weigh most.
  void note_duration(clock::duration took);

  /// Jobs to ask for: for the free workers, and ahead for all of them.
  size_t wanted(size_t free, size_t busy) const;

  /// Jobs to ask for while one job at a time is begun.
  size_t wanted_for_probe() const;

  // -- leases ---------------------------------------------------------------------

  question ask(size_t most) const;

  /// The answer came and is complete. If it has less than was asked for, nothing else is due.
  /// @param next_due as in `leased_jobs`
  void answered(const question& x, timestamp asked_at, std::optional<timestamp> next_due);

  /// Jobs were added and leased without being asked for; otherwise as `answered`.
  void came(const question& x, std::optional<timestamp> next_due);

  void add(job x);

  /// Replaces the lease of a job that is ready; false if it is not.
  bool renew(const job& x);

  /// Leased and not begun, in their order.
  std::deque<job>& ready() noexcept {
    return ready_;
  }

  /// Takes all that are ready, to be returned to the store.
  std::deque<job> take_ready();

private:
  limits limits_;
  std::deque<job> ready_;
  /// Jobs may be due.
  bool hungry_ = true;
  uint64_t wakes_ = 0;
  std::optional<timestamp> due_;
  clock::duration usual_;
};

} // namespace carillon
