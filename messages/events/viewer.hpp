#pragma once

#include "messages/events/event.hpp"

#include <string>
#include <string_view>

namespace carillon {

/// The identity to which events are shown live, as a token proves it. Either field may be empty:
/// the viewer has no company, or no user id.
struct viewer {
  /// ≤ 255 bytes, as in OpenID Connect. A viewer whose id exceeds the 128 bytes of an event's user
  /// sees only events for all or for the company.
  std::string user_id;
  /// ≤ 128 bytes.
  std::string company_id;

  friend bool operator==(const viewer&, const viewer&) = default;
};

/// The only visibility rule: `all` is for everybody, `company` for its company, `user` for its
/// user, but not for a user of the same id at another company. An event with the audience `none`,
/// or without the company or user that its audience names, is visible to nobody.
bool may_see(const viewer& who, audience to, std::string_view company_id,
             std::string_view user_id) noexcept;

/// The same for an event.
bool may_see(const viewer& who, const event& x) noexcept;

} // namespace carillon
