#pragma once

#include "base/failure.hpp"
#include "base/time.hpp"
#include "messages/access/principal.hpp"

#include <string_view>

namespace carillon {

/// Judges bearer credentials that are no API keys, such as an OpenID provider's access tokens.
/// Thread-safe.
class bearer_judge {
public:
  virtual ~bearer_judge() = default;

  /// Who sends the token. Called on event loops: must not block. Errors: `unauthenticated`,
  /// `forbidden` (known, but without a role here), `overloaded` (not decided yet, retry).
  virtual expected<principal> judge(std::string_view token, timestamp now) const = 0;
};

} // namespace carillon
