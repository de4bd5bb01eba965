#pragma once

#include "messages/access/requests.hpp"
#include "messages/codec/type_registry.hpp"
#include "messages/state/interfaces.hpp"
#include "net/auth/key_ring.hpp"

#include <caf/fwd.hpp>

#include <chrono>
#include <map>
#include <string>
#include <utility>

namespace carillon {

/// API keys and event types as the store has them, for a node that does not change them itself:
/// the owner of the store does. One thread; blocks.
class state_mirror {
public:
  /// @param keys, types are changed; all outlive this
  state_mirror(caf::actor_system& system, access_store_actor store, key_ring& keys,
               type_registry& types)
    : system_(system), store_(std::move(store)), keys_(keys), types_(types) {
  }

  /// Reads both, and takes over what has changed. Errors: those of the store; what was known
  /// before stays.
  expected<void> read(std::chrono::milliseconds deadline);

private:
  void take(const registered_types& all);

  caf::actor_system& system_;
  access_store_actor store_;
  key_ring& keys_;
  type_registry& types_;
  /// Audience and schema by type, as they were taken over last.
  std::map<std::string, std::pair<audience, std::string>, std::less<>> known_;
};

} // namespace carillon
