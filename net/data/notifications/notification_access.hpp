#pragma once

#include "base/failure.hpp"
#include "messages/contacts/requests.hpp"

#include <chrono>
#include <functional>

namespace carillon {

/// Where the data port asks for notifications. Calls do not block, and come from any thread; each
/// is answered at most once, on any thread, and no later than soon after `until`. Errors: those of
/// the request, `store_unavailable`, `overloaded`, `quota_exceeded`, `timeout`, `shutting_down`.
class notification_access {
public:
  using time_point = std::chrono::steady_clock::time_point;

  template <class T>
  using reply = std::function<void(expected<T>)>;

  notification_access() = default;
  notification_access(const notification_access&) = delete;
  notification_access& operator=(const notification_access&) = delete;
  virtual ~notification_access() = default;

  virtual void ask(list_notifications x, time_point until, reply<notification_list> to) = 0;
  virtual void ask(get_notification x, time_point until, reply<notification> to) = 0;
  virtual void ask(read_notifications x, time_point until, reply<uint64_t> to) = 0;
};

} // namespace carillon
