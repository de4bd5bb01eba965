#pragma once

#include "messages/contacts/notification.hpp"
#include "messages/state_requests.hpp"

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

namespace carillon {

// Requests to the state actor about notifications.

/// Newest first.
struct list_notifications {
  std::string user_id;
  std::optional<std::string> company_id;
  bool unread_only = false;
  list_request page;
};

/// Errors: `not_found` (also of another user or company, where one is named).
struct get_notification {
  uint64_t id = 0;
  /// Empty = any user.
  std::string user_id;
  std::optional<std::string> company_id;
};

struct notification_list {
  std::vector<notification> items;
  std::optional<uint64_t> next;
  /// All unread ones of this user.
  uint64_t unread = 0;
};

/// Marks one as read, or all of a user (id 0). Answers how many were unread until now. Errors:
/// `not_found` (no such id, or it belongs to another user or company).
struct read_notifications {
  uint64_t id = 0;
  std::string user_id;
  std::optional<std::string> company_id;
};

/// Notifications not yet announced as `notification.sent`: ids after the last announced one,
/// ascending.
struct unannounced_notifications {
  size_t limit = 500;
};

using notifications = std::vector<notification>;

/// Everything up to this id is announced.
struct note_announced {
  uint64_t up_to = 0;
};

/// Deletes notifications made before then; at most `limit`. Answers how many.
struct trim_notifications {
  timestamp before;
  size_t limit = 1'000;
};

} // namespace carillon
