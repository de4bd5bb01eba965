#pragma once

#include "messages/codec/described.hpp"

#include <string>
#include <string_view>

namespace carillon {

/// By the engine: a user has a new notification.
struct notification_sent {
  static constexpr std::string_view type = "notification.sent";
  static constexpr carillon::audience audience = carillon::audience::user;

  std::string company_id;
  std::string user_id;
  std::string notification_id;
  std::string channel;
  std::string title;
};

BOOST_DESCRIBE_STRUCT(notification_sent, (), (company_id, user_id, notification_id, channel, title))

} // namespace carillon
