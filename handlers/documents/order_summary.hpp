#pragma once

#include "messages/events/event.hpp"

#include <rapidjson/document.h>

#include <string>
#include <vector>

namespace carillon {

/// A line of an order, as texts of one line each; what the publisher did not say is empty.
struct order_line {
  std::string name;
  std::string sku;
  std::string quantity;
  std::string price;
  /// Said by the publisher, or quantity × price.
  std::string total;
};

/// What an event says of an order, whatever it is: types know little of its items.
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
  /// How many items there are, if the event says only that; else empty.
  std::string item_count;
};

/// Takes `items` with `name` (or `title`, `productName`, `productId`, `id`), `sku`, `quantity`
/// (`qty`), `price` (`unitPrice`), `total` (`amount`); an item that is a text is a name. `items`
/// that is a number is how many there are.
order_summary summary_of(const event& x, const rapidjson::Value& data, size_t max_lines);

/// The event's `data`; an empty object should it be none.
rapidjson::Document data_of(const event& x);

} // namespace carillon
