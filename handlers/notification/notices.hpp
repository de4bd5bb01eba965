#pragma once

#include "handlers/event_text.hpp"

#include <string>
#include <string_view>

namespace carillon {

/// Content of a notification.
struct notice {
  std::string title;
  std::string body;
  /// A path of the application, such as `/orders/o-1`; may be empty.
  std::string link;
};

/// The notices about an event, by recipient; null = no notice.
struct notice_rule {
  std::string_view type;
  /// For the event's user.
  notice (*for_user)(const event_text&) = nullptr;
  /// For the admins of its company.
  notice (*for_admins)(const event_text&) = nullptr;
  /// For everybody of its company, or of all companies if it names none.
  notice (*for_all)(const event_text&) = nullptr;
  /// Subject of the notice, if many events may report the same: one notification per recipient and
  /// subject. Null, or an empty subject: one per event.
  std::string (*subject)(const event_text&) = nullptr;
};

/// The rule of a type; null if it causes no notification. `notification.*` has no rule, since
/// notifications would cause further ones.
const notice_rule* find_notice(std::string_view type) noexcept;

} // namespace carillon
