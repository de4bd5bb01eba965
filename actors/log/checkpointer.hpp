#pragma once

#include "messages/ids.hpp"
#include "messages/telemetry.hpp"
#include "persistence/storage.hpp"

#include <caf/stateful_actor.hpp>
#include <caf/typed_actor.hpp>
#include <caf/typed_event_based_actor.hpp>

#include <chrono>
#include <memory>

namespace carillon {

/// CHECKPOINTER: moves committed pages out of the write-ahead logs, in the background. Detached.
using checkpointer_actor = caf::typed_actor<
  // INTERNAL: the next round.
  caf::reacts_to<atom::tick, uint64_t>>;

/// State of a CHECKPOINTER.
class checkpointer_state {
public:
  static constexpr const char* name = "carillon.checkpointer";

  checkpointer_state() = default;

  std::shared_ptr<store_checkpointer> target;
  telemetry_ptr stats;
};

/// Runs a CHECKPOINTER; spawn it detached.
/// @param target used by this actor only
/// @param interval pause between two rounds
checkpointer_actor::behavior_type
checkpointer(checkpointer_actor::stateful_pointer<checkpointer_state> self,
             std::shared_ptr<store_checkpointer> target, telemetry_ptr stats,
             std::chrono::milliseconds interval);

} // namespace carillon
