#pragma once

#include "messages/codec/described.hpp"

#include <string>
#include <string_view>

namespace carillon {

/// The quantity in stock changed.
struct inventory_updated {
  static constexpr std::string_view type = "inventory.updated";
  static constexpr carillon::audience audience = carillon::audience::company;

  std::string company_id;
  std::string user_id;
  std::string product_id;
  std::string sku;
  int64_t quantity = 0;
  int64_t previous_quantity = 0;
};

BOOST_DESCRIBE_STRUCT(inventory_updated, (),
                      (company_id, user_id, product_id, sku, quantity, previous_quantity))

/// The quantity in stock fell to a threshold.
struct inventory_low_stock {
  static constexpr std::string_view type = "inventory.low_stock";
  static constexpr carillon::audience audience = carillon::audience::company;

  std::string company_id;
  std::string user_id;
  std::string product_id;
  std::string sku;
  int64_t quantity = 0;
  int64_t threshold = 0;
};

BOOST_DESCRIBE_STRUCT(inventory_low_stock, (),
                      (company_id, user_id, product_id, sku, quantity, threshold))

/// Nothing is left in stock.
struct inventory_out_of_stock {
  static constexpr std::string_view type = "inventory.out_of_stock";
  static constexpr carillon::audience audience = carillon::audience::company;

  std::string company_id;
  std::string user_id;
  std::string product_id;
  std::string sku;
};

BOOST_DESCRIBE_STRUCT(inventory_out_of_stock, (), (company_id, user_id, product_id, sku))

/// Stock was added; `quantity` is the new total.
struct inventory_restocked {
  static constexpr std::string_view type = "inventory.restocked";
  static constexpr carillon::audience audience = carillon::audience::company;

  std::string company_id;
  std::string user_id;
  std::string product_id;
  std::string sku;
  int64_t quantity = 0;
  int64_t added = 0;
};

BOOST_DESCRIBE_STRUCT(inventory_restocked, (),
                      (company_id, user_id, product_id, sku, quantity, added))

} // namespace carillon
