#pragma once

#include "base/page.hpp"
#include "messages/contacts/notification.hpp"
#include "messages/list_request.hpp"
#include "messages/request.hpp"

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

namespace carillon {

// Requests to the state actor about notifications. A request that names a company concerns only
// that company's; with `or_none` also those without a company, by the rule by which a session sees
// events for its user (`may_see`).

/// A page of a user's notifications.
struct notification_list {
  std::vector<notification> items;
  std::optional<uint64_t> next;
  /// Of all of this user's notifications.
  uint64_t unread = 0;
};

/// Newest first.
struct list_notifications {
  using answer = notification_list;
  std::string user_id;
  std::optional<std::string> company_id;
  bool unread_only = false;
  list_request page;
  bool or_none = false;
};

/// Errors: `not_found` (also for another user or company, if one is given).
struct get_notification {
  using answer = notification;
  uint64_t id = 0;
  /// Empty = any user.
  std::string user_id;
  std::optional<std::string> company_id;
  bool or_none = false;
};

/// Marks one as read, or all of a user (id 0). Answers how many were unread before. Errors:
/// `not_found` (no such id, or it belongs to another user or company).
struct read_notifications {
  using answer = uint64_t;
  uint64_t id = 0;
  std::string user_id;
  std::optional<std::string> company_id;
  bool or_none = false;
};

using notifications = std::vector<notification>;

/// Notifications that were not announced as `notification.sent` yet: ids beyond the last announced
/// one, ascending.
struct unannounced_notifications {
  using answer = notifications;
  size_t limit = 500;
};

/// Everything up to this id is announced.
struct note_announced {
  using answer = void;
  uint64_t up_to = 0;
};

/// Deletes notifications made before then; at most `limit`. Answers how many.
struct trim_notifications {
  using answer = uint64_t;
  timestamp before;
  size_t limit = 1'000;
};

/// Requests about notifications that the state actor answers.
using notification_requests
  = request_list<list_notifications, get_notification, read_notifications,
                 unannounced_notifications, note_announced, trim_notifications>;

} // namespace carillon
