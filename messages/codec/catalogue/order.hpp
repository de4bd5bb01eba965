#pragma once

#include "messages/codec/described.hpp"

#include <string>
#include <string_view>

namespace carillon {

/// A customer has ordered.
struct order_created {
  static constexpr std::string_view type = "order.created";
  static constexpr carillon::audience audience = carillon::audience::company;

  std::string company_id;
  std::string user_id;
  std::string order_id;
  double total = 0.0;
  /// The ordered items, or only their number.
  array_or_count items;
  std::string status;
};

BOOST_DESCRIBE_STRUCT(order_created, (), (company_id, user_id, order_id, total, items, status))

/// The status of an order changed.
struct order_updated {
  static constexpr std::string_view type = "order.updated";
  static constexpr carillon::audience audience = carillon::audience::company;

  std::string company_id;
  std::string user_id;
  std::string order_id;
  std::string status;
  std::string previous_status;
};

BOOST_DESCRIBE_STRUCT(order_updated, (), (company_id, user_id, order_id, status, previous_status))

/// A carrier has the order.
struct order_shipped {
  static constexpr std::string_view type = "order.shipped";
  static constexpr carillon::audience audience = carillon::audience::company;

  std::string company_id;
  std::string user_id;
  std::string order_id;
  std::string carrier;
  std::string tracking_number;
};

BOOST_DESCRIBE_STRUCT(order_shipped, (), (company_id, user_id, order_id, carrier, tracking_number))

/// The customer has the order.
struct order_delivered {
  static constexpr std::string_view type = "order.delivered";
  static constexpr carillon::audience audience = carillon::audience::company;

  std::string company_id;
  std::string user_id;
  std::string order_id;
  timestamp delivered_at;
};

BOOST_DESCRIBE_STRUCT(order_delivered, (), (company_id, user_id, order_id, delivered_at))

/// An order will not be delivered.
struct order_cancelled {
  static constexpr std::string_view type = "order.cancelled";
  static constexpr carillon::audience audience = carillon::audience::company;

  std::string company_id;
  std::string user_id;
  std::string order_id;
  std::string reason;
};

BOOST_DESCRIBE_STRUCT(order_cancelled, (), (company_id, user_id, order_id, reason))

} // namespace carillon
