#pragma once

#include "actors/consumers/runners/delivery_spans.hpp"
#include "messages/consumers/handler.hpp"
#include "messages/ids.hpp"

#include <caf/allowed_unsafe_message_type.hpp>
#include <caf/typed_actor.hpp>
#include <caf/typed_event_based_actor.hpp>

#include <atomic>
#include <memory>
#include <optional>
#include <vector>

namespace carillon {

/// Deliveries for one worker, and their outcomes. The worker claims one after the other; the
/// consumer may abandon the rest at any time, and then knows exactly which have run.
class work {
public:
  explicit work(std::vector<delivery> items);

  // -- worker's side ----------------------------------------------------------

  /// Claims the next item; empty when none is left or the work was abandoned.
  std::optional<size_t> claim() noexcept;

  /// Notes the outcome of a claimed item.
  void finish(size_t index, std::optional<failure> error);

  // -- consumer's side --------------------------------------------------------

  /// Items claimed so far; the last of them is running unless all are finished.
  size_t claimed() const noexcept;

  /// Stops further claims; returns the number of claimed items.
  size_t abandon() noexcept;

  bool is_finished(size_t index) const noexcept;

  /// Outcome of a finished item; empty = success.
  const std::optional<failure>& outcome(size_t index) const;

  const std::vector<delivery>& items() const noexcept {
    return items_;
  }

private:
  static constexpr uint64_t abandoned_bit = uint64_t{1} << 63;

  std::vector<delivery> items_;
  std::vector<std::optional<failure>> outcomes_;
  std::atomic<uint64_t> claimed_{0};
  /// Items finished; they finish in their order.
  std::atomic<uint64_t> finished_{0};
};

using work_ptr = std::shared_ptr<work>;

/// FUNCTION WORKER: runs an application's function, in a thread of its own.
using function_worker_actor = caf::typed_actor<
  // Runs the items one after the other; answers when none is left to claim.
  caf::replies_to<work_ptr>::with<atom::done>>;

/// Runs a FUNCTION WORKER; spawn it detached.
function_worker_actor::behavior_type function_worker(function_worker_actor::pointer self,
                                                     handler_function fn, delivery_spans spans);

} // namespace carillon
