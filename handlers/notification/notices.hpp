#pragma once

#include "handlers/event_text.hpp"

#include <string>
#include <string_view>

namespace carillon {

/// What a notification says.
struct notice {
  std::string title;
  std::string body;
  /// A path of the application, such as `/orders/o-1`; may be empty.
  std::string link;
};

/// What is said of an event, and to whom; null = nothing, to them.
struct notice_rule {
  std::string_view type;
  /// To the event's user.
  notice (*for_user)(const event_text&) = nullptr;
  /// To the admins of its company.
  notice (*for_admins)(const event_text&) = nullptr;
  /// To everybody: of its company, or of all if it names none.
  notice (*for_all)(const event_text&) = nullptr;
  /// What the notice is about, if many events may report the same: one notification per person and
  /// subject. Null, or an empty subject: one per event.
  std::string (*subject)(const event_text&) = nullptr;
};

/// Null for a type of which nobody is told. `notification.*` is never among them: what is told
/// would be told of again.
const notice_rule* find_notice(std::string_view type) noexcept;

} // namespace carillon
