#include "base/json/array_items.hpp"

#include "base/text/ascii.hpp"

#include <algorithm>

namespace carillon {

namespace {

failure no_array(std::string detail) {
  return {ec::malformed_json, std::move(detail), {}};
}

} // namespace

bool begins_array(std::string_view text) noexcept {
  return trimmed(text, blanks_and_line_ends).starts_with('[');
}

void array_items::skip_blanks() noexcept {
  at_ = std::min(text_.find_first_not_of(blanks_and_line_ends, at_), text_.size());
}

expected<void> array_items::begin() {
  begun_ = true;
  skip_blanks();
  if (at_ == text_.size())
    return no_array("the body is empty");
  if (text_[at_] != '[')
    return failure{ec::invalid_argument, "an array of " + what_ + " is expected", {}};
  ++at_;
  skip_blanks();
  if (at_ < text_.size() && text_[at_] == ']')
    return failure{ec::invalid_argument, "the array is empty", {}};
  return {};
}

expected<array_items::item> array_items::next() {
  if (!begun_)
    if (auto begun = begin(); !begun)
      return begun.error();
  skip_blanks();
  item out{.text = {}, .begin = at_};
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
        return no_array("a bracket is closed that is not open (at byte " + std::to_string(i) + ")");
      --depth;
    }
  }
  if (i >= text_.size())
    return no_array("the array does not end");
  out.text = trimmed(text_.substr(at_, i - at_), blanks_and_line_ends);
  at_ = i;
  return out;
}

expected<bool> array_items::more() {
  if (text_[at_++] == ',')
    return true;
  skip_blanks();
  if (at_ < text_.size())
    return no_array("something follows the array (at byte " + std::to_string(at_) + ")");
  return false;
}

} // namespace carillon
