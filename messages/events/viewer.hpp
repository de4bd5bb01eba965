#pragma once

#include "messages/events/event.hpp"

#include <string>
#include <string_view>

namespace carillon {

/// Whose eyes see events live, as a token proves it. Either may be empty: such a viewer has no
/// company, or is nobody in particular.
struct viewer {
  /// ≤ 255 bytes, as OpenID Connect has it; who has more than the 128 of an event's user sees what
  /// is for all or for the company.
  std::string user_id;
  /// ≤ 128 bytes.
  std::string company_id;

  friend bool operator==(const viewer&, const viewer&) = default;
};

/// The one rule of who sees what: `all` is for everybody, `company` for its company, `user` for its
/// user, but not for a namesake who is with another company. What has the audience `none`, or
/// lacks the company or user that its audience names, is for nobody.
bool may_see(const viewer& who, audience to, std::string_view company_id,
             std::string_view user_id) noexcept;

bool may_see(const viewer& who, const event& x) noexcept;

} // namespace carillon
