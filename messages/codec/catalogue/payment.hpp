#pragma once

#include "messages/codec/described.hpp"

#include <string>
#include <string_view>

namespace carillon {

/// An amount was paid.
struct payment_succeeded {
  static constexpr std::string_view type = "payment.succeeded";
  static constexpr carillon::audience audience = carillon::audience::company;

  std::string company_id;
  std::string user_id;
  std::string payment_id;
  std::string order_id;
  double amount = 0.0;
  std::string currency;
};

BOOST_DESCRIBE_STRUCT(payment_succeeded, (),
                      (company_id, user_id, payment_id, order_id, amount, currency))

/// A payment was rejected.
struct payment_failed {
  static constexpr std::string_view type = "payment.failed";
  static constexpr carillon::audience audience = carillon::audience::company;

  std::string company_id;
  std::string user_id;
  std::string payment_id;
  std::string order_id;
  double amount = 0.0;
  std::string currency;
  std::string reason;
};

BOOST_DESCRIBE_STRUCT(payment_failed, (),
                      (company_id, user_id, payment_id, order_id, amount, currency, reason))

/// An amount was paid back.
struct payment_refunded {
  static constexpr std::string_view type = "payment.refunded";
  static constexpr carillon::audience audience = carillon::audience::company;

  std::string company_id;
  std::string user_id;
  std::string payment_id;
  std::string order_id;
  double amount = 0.0;
  std::string currency;
  std::string reason;
};

BOOST_DESCRIBE_STRUCT(payment_refunded, (),
                      (company_id, user_id, payment_id, order_id, amount, currency, reason))

} // namespace carillon
