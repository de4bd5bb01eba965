#pragma once

#include "base/failure.hpp"

#include <string>
#include <string_view>

namespace carillon {

/// The part of the state store for the key that secrets are sealed with; see `state_store`.
class node_key_store {
public:
  virtual ~node_key_store() = default;

  /// The fingerprint of the key. If none is stored, `mine` is stored. Without `mine` nothing is
  /// stored, and the answer may be empty.
  virtual expected<std::string> fingerprint(std::string_view mine) = 0;

  /// Replaces the stored fingerprint.
  virtual expected<void> replace(std::string_view mine) = 0;
};

} // namespace carillon
