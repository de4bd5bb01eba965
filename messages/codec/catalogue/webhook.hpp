#pragma once

#include "messages/codec/described.hpp"

#include <string>
#include <string_view>

namespace carillon {

/// By the engine: it calls a webhook no longer.
struct webhook_endpoint_disabled {
  static constexpr std::string_view type = "webhook.endpoint_disabled";
  static constexpr carillon::audience audience = carillon::audience::company;

  std::string company_id;
  std::string user_id;
  std::string webhook_id;
  std::string url;
  std::string reason;
};

BOOST_DESCRIBE_STRUCT(webhook_endpoint_disabled, (), (company_id, user_id, webhook_id, url, reason))

/// By the engine: the last attempt of a delivery failed.
struct webhook_delivery_exhausted {
  static constexpr std::string_view type = "webhook.delivery_exhausted";
  static constexpr carillon::audience audience = carillon::audience::company;

  std::string company_id;
  std::string user_id;
  std::string webhook_id;
  std::string delivery_id;
  std::string event_id;
  int64_t attempts = 0;
  int64_t last_status = 0;
  /// Time since which the webhook has accepted nothing.
  timestamp failing_since;
};

BOOST_DESCRIBE_STRUCT(webhook_delivery_exhausted, (),
                      (company_id, user_id, webhook_id, delivery_id, event_id, attempts,
                       last_status, failing_since))

} // namespace carillon
