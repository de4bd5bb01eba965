#pragma once

#include "messages/ids.hpp"
#include "persistence/outbox/relay.hpp"

#include <caf/stateful_actor.hpp>
#include <caf/typed_actor.hpp>
#include <caf/typed_event_based_actor.hpp>

#include <memory>

namespace carillon {

/// OUTBOX MOVER: moves rows of an outbox into the log. Detached, as it waits for databases.
using outbox_mover_actor = caf::typed_actor<
  // INTERNAL: the next turn.
  caf::reacts_to<atom::tick, uint64_t>>;

/// State of an OUTBOX MOVER.
class outbox_mover_state {
public:
  static constexpr const char* name = "carillon.outbox-mover";

  outbox_mover_state() = default;

  void init(outbox_mover_actor::pointer self, std::shared_ptr<outbox_relay> relay);

  /// One turn, and arranges for the next.
  void step();

private:
  outbox_mover_actor::pointer self_ = nullptr;
  std::shared_ptr<outbox_relay> relay_;
};

/// Runs an OUTBOX MOVER; spawn it detached, and end it after `relay->stop()`.
outbox_mover_actor::behavior_type
outbox_mover(outbox_mover_actor::stateful_pointer<outbox_mover_state> self,
             std::shared_ptr<outbox_relay> relay);

} // namespace carillon
