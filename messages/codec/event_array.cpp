#include "messages/codec/event_array.hpp"

#include <algorithm>

namespace carillon {

namespace {

constexpr std::string_view blanks = " \t\r\n";
/// Longest text of one event that is parsed. `data`, `metadata` and ids at their limits stay below
/// it, even escaped.
constexpr size_t max_item_bytes = 1024UL * 1024;

failure no_json(std::string detail) {
  return {ec::malformed_json, std::move(detail), {}};
}

} // namespace

void event_array::skip_blanks() noexcept {
  at_ = std::min(text_.find_first_not_of(blanks, at_), text_.size());
}

expected<void> event_array::begin() {
  begun_ = true;
  skip_blanks();
  if (at_ == text_.size())
    return no_json("the body is empty");
  if (text_[at_] != '[')
    return failure{ec::invalid_argument, "an array of events is expected", {}};
  ++at_;
  skip_blanks();
  if (at_ < text_.size() && text_[at_] == ']')
    return failure{ec::invalid_argument, "the array is empty", {}};
  return {};
}

/// Cuts the next item out by quotes and brackets alone; parsing it later checks that it is JSON.
expected<event_array::piece> event_array::next_piece() {
  skip_blanks();
  piece out;
  size_t depth = 0;
  bool quoted = false;
  auto i = at_;
  for (; i < text_.size(); ++i) {
    auto c = text_[i];
    if (quoted) {
      i += c == '\\' ? 1 : 0;
      quoted = c != '"';
    } else if (c == '"') {
      quoted = true;
    } else if (c == '{' || c == '[') {
      out.levels = std::max(out.levels, ++depth);
    } else if (depth == 0 && (c == ',' || c == ']')) {
      break;
    } else if (c == '}' || c == ']') {
      if (depth == 0)
        return no_json("a bracket is closed that is not open (at byte " + std::to_string(i) + ")");
      --depth;
    }
  }
  if (i >= text_.size())
    return no_json("the array does not end");
  out.text = text_.substr(at_, i - at_);
  auto size = out.text.find_last_not_of(blanks);
  out.text = out.text.substr(0, size == std::string_view::npos ? 0 : size + 1);
  at_ = i;
  return out;
}

expected<void> event_array::take_item(const parse_context& ctx) {
  auto begin = at_;
  auto item = next_piece();
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
                   + std::to_string(begin));
  items_.push_back(std::move(draft));
  return {};
}

/// True if another item follows.
expected<bool> event_array::behind_item() {
  if (text_[at_++] == ',')
    return true;
  skip_blanks();
  if (at_ < text_.size())
    return no_json("something follows the array (at byte " + std::to_string(at_) + ")");
  return false;
}

expected<bool> event_array::parse(const parse_context& ctx,
                                  std::chrono::steady_clock::time_point until) {
  if (!begun_)
    if (auto begun = begin(); !begun)
      return begun.error();
  do {
    if (auto taken = take_item(ctx); !taken)
      return taken.error();
    auto more = behind_item();
    if (!more)
      return more.error();
    if (!*more)
      return true;
  } while (std::chrono::steady_clock::now() < until);
  return false;
}

} // namespace carillon
