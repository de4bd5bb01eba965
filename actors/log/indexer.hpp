#pragma once

#include "messages/events/interfaces.hpp"
#include "persistence/storage.hpp"

#include <caf/actor_clock.hpp>
#include <caf/stateful_actor.hpp>
#include <caf/typed_event_based_actor.hpp>

#include <chrono>
#include <functional>
#include <memory>

namespace carillon {

/// Settings of an indexer.
struct indexer_options {
  /// Pause before a step that would index few events; ten times as long after a failed step.
  std::chrono::milliseconds pause{50};
  /// From this number of events on, a step runs at once. Below the budget of a query, which reads
  /// the events behind the index itself.
  size_t full_batch = 12'000;
  /// The pause is made longer, up to this, until a step has about a full batch, once a step has had
  /// so many events: each step writes the pages of the index that it touches, and 10,000 events
  /// touch few more of them than 1,000.
  std::chrono::milliseconds longest_pause{400};
  size_t busy_batch = 500;
  /// Called after every step, on the actor's thread.
  std::function<void(const index_progress&)> on_progress;
};

/// State of an INDEXER.
class indexer_state {
public:
  static constexpr const char* name = "carillon.indexer";

  indexer_state() = default;

  void init(indexer_actor::pointer self, std::shared_ptr<store_indexer> index, router_actor router,
            indexer_options options);

  /// Indexes one batch, then arranges for the next.
  void step();

  /// Schedules a step after `pause`.
  void arrange(std::chrono::milliseconds pause);

private:
  std::chrono::milliseconds pause_after(uint64_t events);

  indexer_actor::pointer self_ = nullptr;
  std::shared_ptr<store_indexer> index_;
  router_actor router_;
  indexer_options options_;
  bool arranged_ = false;
  /// Where and when the last step ended.
  position indexed_ = 0;
  caf::actor_clock::time_point ended_;
};

/// Runs an INDEXER; spawn it detached.
/// @param index used by this actor only
indexer_actor::behavior_type indexer(indexer_actor::stateful_pointer<indexer_state> self,
                                     std::shared_ptr<store_indexer> index, router_actor router,
                                     indexer_options options);

} // namespace carillon
