#pragma once

#include "net/data/notifications/notification_access.hpp"
#include "net/http/admission.hpp"

#include <memory>
#include <variant>

namespace carillon::data {

/// A user's request for notifications that was admitted. It checks the body, asks, and answers.
class notification_call final : public handed_call {
public:
  using request = std::variant<list_notifications, get_notification, read_notifications>;

  /// @param from null = notifications are not kept
  /// @param list see `notification_query`
  notification_call(std::shared_ptr<notification_access> from, request x, uint64_t list)
    : from_(std::move(from)), request_(std::move(x)), list_(list) {
  }

  void serve(std::string_view body, std::string remote,
             std::chrono::steady_clock::time_point deadline, reply to) override;

private:
  std::shared_ptr<notification_access> from_;
  request request_;
  uint64_t list_;
};

} // namespace carillon::data
