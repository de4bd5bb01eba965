#include "actors/state/store_actor.hpp"
#include "node/engine/engine_parts.hpp"

// An engine beside the owner of the store.

namespace carillon {

expected<void> engine::parts::open_follower() {
  histories = store->histories();
  history = histories.current;
  if (auto done = start_traces(); !done)
    return done;
  if (auto done = spawn_log(); !done)
    return done;
  auto state = store->open_state(false);
  if (!state)
    return state.error();
  auto handle
    = sys.spawn<caf::detached>(store_actor, std::shared_ptr<state_store>{std::move(*state)});
  watched.add(handle, "the reader of the state");
  state_reader = state_handles_of(handle);
  spawn_sessions();
  return {};
}

} // namespace carillon
