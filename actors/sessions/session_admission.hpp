#pragma once

#include "actors/sessions/session_index.hpp"

#include <cstddef>
#include <memory>

namespace carillon {

/// Decides whether a further session may open: no user and no company occupies all places. Plain
/// logic.
class session_admission {
public:
  struct limits {
    /// Sessions of one user, and of one company; 0 = bounded only by all places.
    size_t per_user = 0;
    size_t per_company = 0;
  };

  /// @param places of all sessions, which companies share
  session_admission(bound_ptr places, limits x);

  /// The place of a new session of this identity, which it keeps while it is open.
  /// Errors: `unauthenticated` (its key was revoked), `quota_exceeded`, `overloaded`.
  expected<std::shared_ptr<bound_lease>> admit(const session_identity& x,
                                               const session_index& open) const;

private:
  bound_ptr places_;
  limits limits_;
};

/// The close code of a session that was not admitted for this reason.
session_close close_code_of(const failure& why) noexcept;

} // namespace carillon
