#include "messages/codec/event_array.hpp"

#include <string>
#include <utility>

namespace carillon {

namespace {

/// Longest text of one event that is parsed. `data`, `metadata` and ids at their limits stay below
/// it, even escaped.
constexpr size_t max_item_bytes = 1024UL * 1024;

failure no_json(std::string detail) {
  return {ec::malformed_json, std::move(detail), {}};
}

} // namespace

expected<void> event_array::take_item(const parse_context& ctx) {
  auto item = pieces_.next();
  if (!item)
    return item.error();
  if (items_.size() >= max_items_)
    return failure{
      ec::too_large, "at most " + std::to_string(max_items_) + " events in a batch", {}};
  if (item->text.size() > max_item_bytes) {
    items_.emplace_back(failure{ec::too_large, "the text of an event exceeds 1 MiB", {}});
    return {};
  }
  if (item->levels > event_limits::json_depth) {
    items_.emplace_back(
      failure{ec::invalid_argument,
              "more than " + std::to_string(event_limits::json_depth) + " levels of nesting",
              {}});
    return {};
  }
  auto& parser = this_threads_parser();
  auto draft = parser.parse_one(item->text, form_, ctx);
  if (!draft && parser.is_no_json())
    return no_json(draft.error().detail + ", in the item that begins at byte "
                   + std::to_string(item->begin));
  items_.push_back(std::move(draft));
  return {};
}

expected<bool> event_array::parse(const parse_context& ctx,
                                  std::chrono::steady_clock::time_point until) {
  do {
    if (auto taken = take_item(ctx); !taken)
      return taken.error();
    auto more = pieces_.more();
    if (!more)
      return more.error();
    if (!*more)
      return true;
  } while (std::chrono::steady_clock::now() < until);
  return false;
}

} // namespace carillon
