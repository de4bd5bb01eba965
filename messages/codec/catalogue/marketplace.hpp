#pragma once

#include "messages/codec/described.hpp"

#include <string>
#include <string_view>

namespace carillon {

/// A product is for sale on a marketplace.
struct marketplace_listing_created {
  static constexpr std::string_view type = "marketplace.listing_created";
  static constexpr carillon::audience audience = carillon::audience::company;

  std::string company_id;
  std::string user_id;
  std::string listing_id;
  std::string product_id;
  double price = 0.0;
  std::string currency;
};

BOOST_DESCRIBE_STRUCT(marketplace_listing_created, (),
                      (company_id, user_id, listing_id, product_id, price, currency))

/// A listing was sold, by this order.
struct marketplace_listing_sold {
  static constexpr std::string_view type = "marketplace.listing_sold";
  static constexpr carillon::audience audience = carillon::audience::company;

  std::string company_id;
  std::string user_id;
  std::string listing_id;
  std::string order_id;
  double price = 0.0;
  std::string currency;
};

BOOST_DESCRIBE_STRUCT(marketplace_listing_sold, (),
                      (company_id, user_id, listing_id, order_id, price, currency))

/// The listings of a marketplace were synchronized.
struct marketplace_sync_completed {
  static constexpr std::string_view type = "marketplace.sync_completed";
  static constexpr carillon::audience audience = carillon::audience::company;

  std::string company_id;
  std::string user_id;
  std::string marketplace;
  int64_t listings = 0;
  int64_t errors = 0;
};

BOOST_DESCRIBE_STRUCT(marketplace_sync_completed, (),
                      (company_id, user_id, marketplace, listings, errors))

} // namespace carillon
