#pragma once

#include "messages/ids.hpp"

#include <caf/typed_actor.hpp>

namespace carillon {

/// EFFECT LISTENER: notified when effects that it waits for are durable.
using effect_listener_actor = caf::typed_actor<
  // Jobs, or notifications, were added.
  caf::reacts_to<atom::committed>>;

} // namespace carillon

// Handles travel within the process only.
CAF_ALLOW_UNSAFE_MESSAGE_TYPE(carillon::effect_listener_actor)
