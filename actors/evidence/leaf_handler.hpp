#pragma once

#include "messages/consumers/handler.hpp"
#include "messages/evidence/event_leaf.hpp"

#include <string_view>

namespace carillon {

/// Hashes every event for the tree over the log: its effect is a leaf, which the store adds in the
/// transaction of the cursor. Replays add nothing. Cannot fail, so that no event is left out.
class leaf_handler final : public effect_handler {
public:
  /// @param salt_key see `leaf_hasher`
  explicit leaf_handler(std::string_view salt_key) : hasher_(salt_key) {
  }

  void handle(const event& x, effects& out) override;

private:
  leaf_hasher hasher_;
};

} // namespace carillon
