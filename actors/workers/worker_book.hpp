#pragma once

#include "actors/workers/hand_over.hpp"
#include "actors/workers/hand_overs.hpp"
#include "actors/workers/loss_counts.hpp"
#include "actors/workers/worker_credits.hpp"
#include "base/token_bucket.hpp"
#include "messages/workers/deliveries.hpp"
#include "messages/workers/remote_consumer.hpp"

#include <chrono>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace carillon {

/// The workers of a remote consumer or a queue of jobs, and what each of them has, as plain logic
/// without threads or I/O. A delivery goes to the worker with the most credit, but not to a
/// connection that let a delivery's time pass and said nothing since. It comes back by a
/// settlement, when its time is over, or when its worker is lost. Then it has an outcome, once.
class worker_book {
public:
  using clock = hand_overs::clock;
  using worker_id = worker_credits::worker_id;

  /// A lost worker's deliveries come back after this time.
  static constexpr std::chrono::milliseconds lost_pause{1'000};
  /// Data of events in the hands of workers beyond which no further delivery is handed over.
  static constexpr size_t most_bytes = 32UL * 1024 * 1024;

  explicit worker_book(const remote_consumer& settings);

  // -- workers ------------------------------------------------------------------

  /// A connection joins.
  worker_id join();

  /// A pull joins. It is to `forget` when it has its answer.
  /// @param name pulls of the same name are of one worker; empty = it is one by itself
  worker_id join_pull(const std::string& name = {});

  /// The worker takes so many more deliveries. Unknown workers are ignored.
  void add_credit(worker_id x, uint64_t deliveries);

  /// The worker takes no more deliveries; those that it has stay with it.
  void stop(worker_id x);

  /// The worker is gone: what it had comes back after `lost_pause`.
  void lose(worker_id x, clock::time_point now);

  /// The worker is gone before it was told of what it has: that comes back now, without blame.
  std::vector<ended_delivery> take_back(worker_id x);

  /// The worker of a pull has its answer: what it had comes back by settlements or time only.
  void forget(worker_id x);

  /// True for a pull that is to be answered as soon as what it took is sent: its worker let the
  /// time of a delivery pass while it waited, so it may stand still. If not, it pulls again.
  bool has_stopped(worker_id x) const {
    return workers_.has_stopped(x);
  }

  size_t workers() const noexcept {
    return workers_.workers();
  }

  // -- deliveries ---------------------------------------------------------------

  /// Deliveries without an outcome that may be there: those that are, and those for which there is
  /// credit now.
  uint64_t room(clock::time_point now) const;

  /// Empty if no worker that may have it has credit: it is to be returned.
  /// @param key while a worker has a delivery with this key, it gets the others with it; empty =
  ///        any worker may have it
  /// @{
  std::optional<hand_over_place> hand_over(work_item x, clock::time_point now,
                                           const std::string& key = {});
  std::optional<hand_over_place> hand_over(const delivery& x, clock::time_point now,
                                           const std::string& key = {});
  /// @}

  /// True while a worker has a delivery with this key.
  bool has_key(const std::string& key) const {
    return held_.owner_of(key) != nullptr;
  }

  /// @param now,wall the same moment by both clocks
  /// @param stale gets the ids of settlements that change nothing
  /// @param notes gets what was said of jobs that go on
  std::vector<ended_delivery> settle(const settle_deliveries& xs, clock::time_point now,
                                     timestamp wall, std::vector<std::string>& stale,
                                     std::vector<noted_job>& notes);

  /// Deliveries whose time is over, or whose lost worker's pause is.
  std::vector<ended_delivery> expire(clock::time_point now);

  /// All deliveries come back, as not begun: the consumer ended and another opening delivers them.
  void clear();

  /// When to call `expire`, or ask for `room`, again; empty if nothing is due.
  std::optional<clock::time_point> next_due(clock::time_point now) const;

  /// Fills in what the book counts.
  void describe(worker_status& out) const;

private:
  /// Null if this worker may not settle it.
  hand_overs::entry* find(const settlement& x, worker_id by);

  std::chrono::milliseconds ack_timeout_;
  uint64_t max_in_flight_;
  std::optional<token_bucket> rate_;
  worker_credits workers_;
  hand_overs held_;
  loss_counts losses_;
  uint64_t next_number_ = 1;
  worker_status counts_;
};

/// See `handed_delivery::id`.
std::string delivery_id_of(const delivery& x);

} // namespace carillon
