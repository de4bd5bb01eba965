#pragma once

#include "base/failure.hpp"
#include "messages/contacts/requests.hpp"

namespace carillon {

/// The part of the state store for notifications; see `state_store`. The requests name further
/// errors.
class notification_store {
public:
  virtual ~notification_store() = default;

  virtual expected<notification_list> list(const list_notifications& x) = 0;

  virtual expected<notification> get(const get_notification& x) = 0;

  /// How many were unread before.
  virtual expected<uint64_t> read(const read_notifications& x, timestamp now) = 0;

  virtual expected<notifications> unannounced(const unannounced_notifications& x) = 0;

  virtual expected<void> note(const note_announced& x) = 0;

  /// How many were deleted.
  virtual expected<uint64_t> trim(const trim_notifications& x) = 0;
};

} // namespace carillon
