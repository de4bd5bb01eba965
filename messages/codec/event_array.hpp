#pragma once

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
    : text_(json), form_(form), max_items_(max_items) {
  }

  /// Parses items until the deadline, at least one. True when all are done, false if there are
  /// more. Errors: those of `parse_events`; parsing ends with the first.
  expected<bool> parse(const parse_context& ctx, std::chrono::steady_clock::time_point until);

  parsed_items take() noexcept {
    return std::move(items_);
  }

private:
  struct piece {
    std::string_view text;
    size_t levels = 0;
  };

  void skip_blanks() noexcept;
  expected<void> begin();
  expected<piece> next_piece();
  expected<void> take_item(const parse_context& ctx);
  expected<bool> behind_item();

  std::string_view text_;
  event_form form_;
  size_t max_items_;
  size_t at_ = 0;
  bool begun_ = false;
  parsed_items items_;
};

} // namespace carillon
