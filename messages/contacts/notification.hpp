#pragma once

#include "messages/events/event.hpp"

#include <cstdint>
#include <optional>
#include <string>

namespace carillon {

/// Limits of a notification, in bytes of UTF-8.
struct notification_limits {
  static constexpr size_t title_bytes = 200;
  static constexpr size_t body_bytes = 2'000;
  static constexpr size_t link_bytes = 2'048;
};

/// A notification to be made; an effect of an event. The store makes one notification for each
/// recipient who has not muted its type.
struct notification_draft {
  /// Unique per recipient.
  std::string key;
  /// The event type that caused it, which preferences name.
  std::string kind;
  position event_seq = 0;
  /// Recipient: this user of the company, with or without a contact there …
  std::string user_id;
  /// … or, if that is empty, all contacts of this company with this role (empty = any role); or, if
  /// there is neither company nor role, all contacts of all companies.
  std::string company_id;
  std::string role;
  /// Plain text, ≤ 200 and ≤ 2,000 bytes.
  std::string title;
  std::string body;
  /// A path or URL of the application; may be empty.
  std::string link;
};

/// A notification of one recipient.
struct notification {
  uint64_t id = 0;
  std::string user_id;
  std::string company_id;
  std::string kind;
  position event_seq = 0;
  std::string title;
  std::string body;
  std::string link;
  timestamp created_at;
  /// Empty = unread.
  std::optional<timestamp> read_at;
};

} // namespace carillon
