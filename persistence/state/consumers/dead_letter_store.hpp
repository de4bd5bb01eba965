#pragma once

#include "base/failure.hpp"
#include "messages/consumers/requests.hpp"

namespace carillon {

/// The part of the state store for dead letters; see `state_store`.
class dead_letter_store {
public:
  virtual ~dead_letter_store() = default;

  virtual expected<dead_letter_page> list(const list_dead_letters& x) = 0;

  /// Errors: `not_found`.
  virtual expected<dead_letter> resolve(const resolve_dead_letter& x, timestamp now) = 0;
};

} // namespace carillon
