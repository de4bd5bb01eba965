#pragma once

#include "messages/codec/catalogue/ai.hpp"
#include "messages/codec/catalogue/consumer.hpp"
#include "messages/codec/catalogue/handler.hpp"
#include "messages/codec/catalogue/inventory.hpp"
#include "messages/codec/catalogue/marketplace.hpp"
#include "messages/codec/catalogue/notification.hpp"
#include "messages/codec/catalogue/order.hpp"
#include "messages/codec/catalogue/payment.hpp"
#include "messages/codec/catalogue/security.hpp"
#include "messages/codec/catalogue/system.hpp"
#include "messages/codec/catalogue/user.hpp"
#include "messages/codec/catalogue/webhook.hpp"

#include <boost/mp11/list.hpp>

namespace carillon {

/// Every event type that Carillon knows from the start.
using catalogue = boost::mp11::mp_list<
  order_created, order_updated, order_shipped, order_delivered, order_cancelled, user_registered,
  user_updated, user_login, user_deleted, inventory_updated, inventory_low_stock,
  inventory_out_of_stock, inventory_restocked, ai_analysis_requested, ai_analysis_completed,
  ai_analysis_failed, ai_insight_generated, marketplace_listing_created, marketplace_listing_sold,
  marketplace_sync_completed, payment_succeeded, payment_failed, payment_refunded,
  notification_sent, system_alert, system_error, system_maintenance, security_login_failed,
  security_access_denied, webhook_endpoint_disabled, webhook_delivery_exhausted,
  handler_dead_lettered, consumer_stalled>;

} // namespace carillon
