#pragma once

#include "base/json/array_items.hpp"
#include "messages/codec/codec.hpp"
#include "messages/codec/event_parser.hpp"

#include <chrono>
#include <string_view>

namespace carillon {

/// An array of events that is parsed piece by piece, so that an event loop can do other work in
/// between. An invalid item fails alone. Text that is not JSON fails the whole array, since nothing
/// around it can be trusted. The text outlives this object.
class event_array {
public:
  event_array(std::string_view json, event_form form, size_t max_items)
    : pieces_(json, "events"), form_(form), max_items_(max_items) {
  }

  /// Parses items until the deadline, at least one. True when all are done, false if there are
  /// more. Errors: those of `parse_events`; parsing ends with the first.
  expected<bool> parse(const parse_context& ctx, std::chrono::steady_clock::time_point until);

  parsed_items take() noexcept {
    return std::move(items_);
  }

private:
  expected<void> take_item(const parse_context& ctx);

  array_items pieces_;
  event_form form_;
  size_t max_items_;
  parsed_items items_;
};

} // namespace carillon
