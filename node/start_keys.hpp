#pragma once

#include "messages/access/requests.hpp"
#include "messages/engine_handles.hpp"
#include "net/auth/key_ring.hpp"

#include <caf/fwd.hpp>

#include <functional>
#include <string>

namespace carillon {

/// The API keys with which a node starts: those of the store, the one of `--admin-key-file`, and
/// the first admin's, which is made for a store without any key. Blocks; one thread.
class start_keys {
public:
  /// @param ring gets the keys; all outlive this
  start_keys(caf::actor_system& system, const engine_handles& actors, key_ring& ring)
    : system_(system), actors_(actors), ring_(ring) {
  }

  /// Reads the keys of the store, and adds that of the file to a store that does not know it.
  /// @param admin_key_file empty = none
  /// Errors: `invalid_argument` (`admin-key-file`), those of the store.
  expected<void> load(const std::string& admin_key_file);

  /// True while the store has no key.
  bool empty() const noexcept {
    return known_.empty();
  }

  /// Makes an admin's key, and returns it: nothing else has its text.
  /// @param show see `node_options::show_first_key`
  expected<std::string> make_first(const std::function<expected<void>(const std::string&)>& show);

private:
  expected<void> store(std::string name, const std::string& text);

  caf::actor_system& system_;
  const engine_handles& actors_;
  key_ring& ring_;
  /// The keys in the ring.
  api_keys known_;
};

} // namespace carillon
