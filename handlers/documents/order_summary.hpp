#pragma once

#include "messages/events/event.hpp"

#include <rapidjson/document.h>

#include <string>
#include <vector>

namespace carillon {

/// A line of an order, as texts of one line each; missing fields are empty.
struct order_line {
  std::string name;
  std::string sku;
  std::string quantity;
  std::string price;
  /// As published, or quantity × price.
  std::string total;
};

/// The order in an event of any type. Parsed leniently, since types specify little about items.
struct order_summary {
  std::string order_id;
  std::string company_id;
  std::string user_id;
  std::string status;
  std::string currency;
  std::string total;
  std::vector<order_line> lines;
  /// Items beyond the limit.
  size_t more = 0;
  /// Number of items, if the event gives only that; else empty.
  std::string item_count;
};

/// Reads `items` with `name` (or `title`, `productName`, `productId`, `id`), `sku`, `quantity`
/// (`qty`), `price` (`unitPrice`), `total` (`amount`); an item that is a text is a name. If `items`
/// is a number, it is their count.
order_summary summary_of(const event& x, const rapidjson::Value& data, size_t max_lines);

/// The event's `data`; an empty object if it is not an object.
rapidjson::Document data_of(const event& x);

} // namespace carillon
