#include "node/engine/engine_parts.hpp"

// An engine beside the owner of the store.

namespace carillon {

expected<void> engine::parts::open_follower() {
  if (auto done = open_log(); !done)
    return done;
  auto state = store->open_state(false);
  if (!state)
    return state.error();
  spawn_store(std::move(*state), false);
  spawn_sessions();
  return {};
}

} // namespace carillon
